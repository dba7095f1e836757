export { openEngine, type OpenOptions } from './engine/open.js';
export type * from '@caisson/core';
