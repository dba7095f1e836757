/** The parts of undici in use, behind one module that is loaded on the first request: a bundler then keeps their names. */
export { Agent, ProxyAgent } from 'undici';
