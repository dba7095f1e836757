import { throwIfAborted } from '@caisson/core';

const sliceMs = 50;

/**
 * For long work with synchronous calls: when `over` says so, `next` lets the event loop run, so that signals and other steps get their
 * turn.
 */
export class TimeSlice {
  readonly #signal: AbortSignal | undefined;
  #end = performance.now() + sliceMs;

  constructor(signal: AbortSignal | undefined) {
    this.#signal = signal;
  }

  get over(): boolean {
    return performance.now() >= this.#end;
  }

  /** @throws CaissonError `cancelled` */
  async next(): Promise<void> {
    await new Promise(setImmediate);
    throwIfAborted(this.#signal);
    this.#end = performance.now() + sliceMs;
  }
}
