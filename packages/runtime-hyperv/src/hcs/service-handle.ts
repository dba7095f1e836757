import { hcsError } from './hcs-error.js';
import { hresult } from './hresult.js';

/**
 * A handle of the host compute service. Calls run on other threads, several at a time: one that closes the handle waits for those that still
 * use it, since the service may give the same number to somebody else at once. It is open from the start until `close`; every call with it goes
 * through `use`.
 */
export class ServiceHandle {
  readonly #uses = new Set<Promise<unknown>>();
  #value: number | bigint;

  constructor(value: number | bigint) {
    this.#value = value;
  }

  get isOpen(): boolean {
    return this.#value !== 0;
  }

  /** @throws CaissonError `in-use` (already stopped) where the handle is closed. */
  async use<T>(doing: string, call: (value: number | bigint) => Promise<T>): Promise<T> {
    if (!this.isOpen) throw hcsError(hresult.alreadyStopped, undefined, doing);
    const using = call(this.#value);
    this.#uses.add(using);
    try {
      return await using;
    } finally {
      this.#uses.delete(using);
    }
  }

  /** Calls `closing` once, when nobody uses the handle any more; nothing at all where it is closed already. */
  async close(closing: (value: number | bigint) => Promise<unknown>): Promise<void> {
    if (!this.isOpen) return;
    const value = this.#value;
    this.#value = 0;
    await Promise.allSettled(this.#uses);
    await closing(value);
  }
}
