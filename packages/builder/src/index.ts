export { Builder } from './builder.js';
export { applyChanges } from './changes.js';
export type { BuilderHost, Execution, FetchOptions, ResolveOptions, StepNetwork } from './host.js';
