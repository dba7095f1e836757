export * from './image-source.js';
export * from './store-source.js';
export * from './copy.js';
export * from './compress-layers.js';
export * from './limited.js';
export * from './content-sink.js';
