import { CaissonError } from './errors.js';

/**
 * One step of progress. `id` names what moves (a digest, a step's name) and is stable; `total` and `current` are in bytes where
 * `unit` says so. A `status` is a short lower-case phrase of the field: «downloading», «extracting», «already exists».
 */
export interface Progress {
  readonly id: string;
  readonly status: string;
  readonly current?: number;
  readonly total?: number;
}

export type OnProgress<T = Progress> = (progress: T) => void;

/**
 * A long call: await it for its result, or iterate it for its progress and then await it. A failure rejects the promise and ends the
 * iteration with the same error. Progress is kept until it is read, so iterating late loses nothing.
 */
export class Task<T, P = Progress> implements PromiseLike<T>, AsyncIterable<P> {
  readonly #result: Promise<T>;
  readonly #queue: P[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  constructor(run: (report: OnProgress<P>) => Promise<T>) {
    this.#result = run((progress) => {
      this.#queue.push(progress);
      this.#wake?.();
    }).finally(() => {
      this.#ended = true;
      this.#wake?.();
    });
    // A failure is told to whoever awaits or iterates; a task that is only iterated must not also end the process.
    this.#result.catch(() => {});
  }

  then<R1 = T, R2 = never>(
    onFulfilled?: ((value: T) => R1 | PromiseLike<R1>) | null,
    onRejected?: ((reason: unknown) => R2 | PromiseLike<R2>) | null,
  ): Promise<R1 | R2> {
    return this.#result.then(onFulfilled, onRejected);
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<P, void> {
    for (;;) {
      const next = this.#queue.shift();
      if (next !== undefined) yield next;
      else if (this.#ended) break;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    await this.#result;
  }
}

/** @throws CaissonError `cancelled` when the signal has been aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new CaissonError('cancelled', 'cancelled', { cause: signal.reason });
}
