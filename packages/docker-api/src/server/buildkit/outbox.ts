/** Messages that may wait before whoever sends them is to. */
const few = 16;

/** What is to be sent, as an iterable: kept until it is asked for. */
export class Outbox<T> implements AsyncIterable<T> {
  readonly #queue: T[] = [];
  #ended = false;
  #wake: (() => void) | undefined;
  readonly #waiting: (() => void)[] = [];

  get ended(): boolean {
    return this.#ended;
  }

  push(value: T): void {
    this.#queue.push(value);
    this.#wake?.();
  }

  /** Resolves when all but a few have been taken. */
  async room(): Promise<void> {
    if (this.#queue.length > few && !this.#ended) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }

  end(): void {
    this.#ended = true;
    this.#wake?.();
    this.#letOn();
  }

  #letOn(): void {
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void> {
    try {
      for (;;) {
        const next = this.#queue.shift();
        if (this.#queue.length <= few) this.#letOn();
        if (next !== undefined) yield next;
        else if (this.#ended) return;
        else await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    } finally {
      this.end();
    }
  }
}
