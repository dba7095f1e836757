export * from './content-store.js';
export * from './image-store.js';
export * from './image.js';
export * from './layer-indexes.js';
export * from './layout-reader.js';
export * from './layout-store.js';
export * from './layer-origins.js';
export * from './images-db.js';
