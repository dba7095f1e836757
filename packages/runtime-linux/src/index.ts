export { LinuxRuntime } from './linux-runtime.js';
export type { LinuxRuntimeOptions } from './options.js';
export { loadSyscalls, type LinuxSyscalls } from './syscalls.js';
export { lowerFolders, optionValue } from './snapshot/overlay-mount.js';
