export { buildForSession, describeFailure, tellImage, type SessionBuild, type SessionOutput } from './session-build.js';
export { ClientSession } from './client-session.js';
export { ContextFolders } from './context-folders.js';
export { BuildTrace } from './trace.js';
export { encodeStatus } from './encode-status.js';
export { GrpcServer } from './serve-grpc.js';
