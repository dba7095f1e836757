import Agent from 'undici/lib/dispatcher/agent.js';
import request from 'undici/lib/api/api-request.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';

// What undici's own entry does with all of its calls, for the only one in use: the rest of it (fetch, caches, mocks, web sockets, HTTP/2) is most
// of what a push that has nothing to send would have to load. See tsup.config.ts.
Dispatcher.prototype.request = request;

/** The registry client's HTTP, as a file of its own. */
export { Agent };
