// Loaded for what they declare to mocha.
export * from './activation.js';
export * from './language.js';
export * from './backend.js';
