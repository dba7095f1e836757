export * from './registry.js';
export * from './content-store-suite.js';
export type * from './case.js';
