export * from './registry.js';
export * from './content-store-suite.js';
export type * from './case.js';
export * from './snapshotter-suite.js';
export { runtimeSuite } from './runtime-suite.js';
export type { RuntimeHarness } from './runtime-harness.js';
export { engineSuite } from './engine-suite.js';
export type { EngineHarness } from './engine-harness.js';
