import { setFlagsFromString } from 'node:v8';
import Agent from 'undici/lib/dispatcher/agent.js';
import request from 'undici/lib/api/api-request.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';

// What undici's own entry does with all of its calls, for the only one in use: the rest of it (fetch, caches, mocks, web sockets, HTTP/2) is most
// of what a push that has nothing to send would have to load. See tsup.config.ts.
Dispatcher.prototype.request = request;

// V8 would compile undici's parser of HTTP anew after two answers, to be quicker by the third: a tenth of a second of work that a command which asks
// a registry a few things waits for at its end. A hundred times as many are worth it.
setFlagsFromString('--wasm-tiering-budget=1300000000');

/** The registry client's HTTP, as a file of its own. */
export { Agent };
