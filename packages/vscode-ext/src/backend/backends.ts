/** All that it takes to find an engine and open it: a bundle of its own, which an editor without an open engine does not load. */
export { parseEndpoint } from '@caisson/docker-api/client';
export { candidateOf, candidates } from './candidates.js';
export { LocalDaemon } from './local-daemon.js';
export { openRemote } from './remote.js';
