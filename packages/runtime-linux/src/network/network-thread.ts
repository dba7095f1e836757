import { createRequire } from 'node:module';
import type { Worker } from 'node:worker_threads';

/** Words of the shared memory: whether there is an answer, and the answer. */
const [DONE, RESULT] = [0, 1];
const PATIENCE_MS = 10_000;

/** Plain JavaScript, for it is run as it stands: enters a namespace, opens one thing there, and tells the number of its descriptor. */
const script = `
const { workerData, parentPort } = require('node:worker_threads');
const koffi = require(workerData.koffi);
const libc = koffi.load(null);
const [setns, unshare] = [libc.func('int setns(int, int)'), libc.func('int unshare(int)')];
const [socket, open] = [libc.func('int socket(int, int, int)'), libc.func('int open(const char *, int)')];
const answer = new Int32Array(workerData.shared);
const [NEWNET, CLOEXEC] = [0x40000000, 0x80000];
parentPort.on('message', ({ namespace, path, flags }) => {
  let result = namespace < 0 ? unshare(NEWNET) : setns(namespace, NEWNET);
  if (result >= 0) result = path === '' ? socket(16, 3 | CLOEXEC, 0) : open(path, flags | CLOEXEC);
  Atomics.store(answer, ${RESULT}, result < 0 ? -koffi.errno() : result);
  Atomics.store(answer, ${DONE}, 1);
  Atomics.notify(answer, ${DONE});
});
`;

/**
 * A thread that goes from one network namespace to the next for an ordinary user's process: it may enter those that are the user's, but
 * no thread of it may come back to the host's. Descriptors belong to all threads, so what it opens can be used by the others.
 */
export class NetworkThread {
  readonly #answer = new Int32Array(new SharedArrayBuffer(8));
  readonly #worker: Worker;

  constructor() {
    const require = createRequire(import.meta.url);
    // Loaded by those who need it: that takes a moment.
    const threads = require('node:worker_threads') as typeof import('node:worker_threads');
    this.#worker = new threads.Worker(script, { eval: true, workerData: { koffi: require.resolve('koffi'), shared: this.#answer.buffer } });
    this.#worker.unref();
  }

  /** A socket for rtnetlink(7) in the namespace with this descriptor. Negative: -errno. */
  routeSocket(namespace: number): number {
    return this.#ask({ namespace, path: '', flags: 0 });
  }

  /** Opens a file in the namespace with this descriptor, or -1 in a new one. Negative: -errno. */
  open(namespace: number, path: string, flags: number): number {
    return this.#ask({ namespace, path, flags });
  }

  #ask(message: { namespace: number; path: string; flags: number }): number {
    Atomics.store(this.#answer, DONE, 0);
    this.#worker.postMessage(message, []);
    if (Atomics.wait(this.#answer, DONE, 0, PATIENCE_MS) === 'timed-out') return -110; // ETIMEDOUT
    return Atomics.load(this.#answer, RESULT);
  }
}
