export type * from './types/index.js';
export { apiVersion, minApiVersion } from './types/version.js';
export * from './encode/index.js';
export * from './server/index.js';
export * from './client/index.js';
