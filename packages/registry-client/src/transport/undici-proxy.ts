/** The same for what only a host behind a proxy needs. */
export { ProxyAgent } from 'undici';
