/** What the registry client needs of undici where there is a proxy: all of it, as a file of its own. */
export { ProxyAgent } from 'undici';
