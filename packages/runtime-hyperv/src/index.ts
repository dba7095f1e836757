export { HypervRuntime } from './hyperv-runtime.js';
export type { HypervOptions } from './options.js';
export { helper } from './helper.js';
