export * from './digest.js';
export * from './reference.js';
export * from './platform.js';
export * from './media-type.js';
export * from './descriptor.js';
export * from './manifest.js';
export * from './image-config.js';
export * from './parse.js';
