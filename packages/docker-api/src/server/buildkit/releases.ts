/** Things to give back together, the latest first. */
export class Releases implements Disposable {
  readonly #held: Disposable[] = [];

  use<T extends Disposable>(held: T): T {
    this.#held.push(held);
    return held;
  }

  [Symbol.dispose](): void {
    for (const held of this.#held.toReversed()) held[Symbol.dispose]();
  }
}
