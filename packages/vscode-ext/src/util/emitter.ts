export interface Subscription {
  dispose(): void;
}

/** Tells its listeners in the order they came; one that throws does not keep the others from hearing. */
export class Emitter<T> implements Subscription {
  readonly #listeners = new Set<(value: T) => void>();

  readonly event = (listener: (value: T) => void): Subscription => {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  };

  fire(value: T): void {
    const failed: unknown[] = [];
    for (const listener of [...this.#listeners])
      try {
        listener(value);
      } catch (error) {
        failed.push(error);
      }
    if (failed.length > 0) throw failed[0];
  }

  dispose(): void {
    this.#listeners.clear();
  }
}
