export * from './database.js';
export * from './leases.js';
export * from './upload-sessions.js';
export * from './file-lock.js';
export * from './process-identity.js';
