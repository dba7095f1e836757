/** What must be given back, in the opposite order to how it was taken: Node 22 has no AsyncDisposableStack. */
export class Disposables implements AsyncDisposable {
  readonly #held: (() => unknown)[] = [];

  use<T extends Disposable | AsyncDisposable>(value: T): T {
    this.#held.push(() => (Symbol.asyncDispose in value ? value[Symbol.asyncDispose]() : value[Symbol.dispose]()));
    return value;
  }

  defer(giveBack: () => unknown): void {
    this.#held.push(giveBack);
  }

  /** All of it is given back, whatever fails; the first failure is thrown at the end. Safe to repeat. */
  async [Symbol.asyncDispose](): Promise<void> {
    const failures: unknown[] = [];
    for (let next = this.#held.pop(); next; next = this.#held.pop()) {
      try {
        await next();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }
}
