/** A part of this package by itself, for what must not wait until the whole of it is loaded. */
export { livingState } from './container/living.js';
