/** The part of undici in use, behind one module that is loaded on the first request: a bundler then keeps its name. */
export { Agent } from 'undici';
