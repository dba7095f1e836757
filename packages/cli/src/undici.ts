/** The registry client's HTTP, as a file of its own (see tsup.config.ts). */
export { Agent, ProxyAgent } from 'undici';
