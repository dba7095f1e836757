export * from './snapshotter.js';
export * from './differ.js';
export * from './runtime.js';
export * from './network-driver.js';
export * from './limit-controllers.js';
