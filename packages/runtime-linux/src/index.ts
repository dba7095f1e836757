export { LinuxRuntime } from './linux-runtime.js';
export type { LinuxRuntimeOptions } from './options.js';
export { loadSyscalls, type LinuxSyscalls } from './syscalls.js';
export { lowerFolders, optionValue } from './snapshot/overlay-mount.js';
export { OverlaySnapshotter, type SnapshotLayers } from './snapshot/overlay-snapshotter.js';
export { LinuxDiffer } from './snapshot/linux-differ.js';
export { mounted } from './snapshot/mounted.js';
export { BridgeNetworkDriver } from './network/bridge-driver.js';
export { copyTree } from './snapshot/copy-tree.js';
