import { Emitter } from '../util/emitter.js';

export type LiveState<T> = { readonly kind: 'unknown' } | { readonly kind: 'loaded'; readonly items: readonly T[] } | { readonly kind: 'failed'; readonly error: unknown };

/**
 * A list of the engine's that is asked for again when something has happened to it. Begins unknown; `refresh` loads it. However often
 * `refresh` is called while a load is under way, only one more follows: a compose project of a hundred containers that comes up costs two.
 */
export class LiveList<T> {
  readonly #load: () => Promise<readonly T[]>;
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.event;
  #state: LiveState<T> = { kind: 'unknown' };
  #loading: Promise<void> | undefined;
  #again = false;
  #generation = 0;

  constructor(load: () => Promise<readonly T[]>) {
    this.#load = load;
  }

  get state(): LiveState<T> {
    return this.#state;
  }

  get items(): readonly T[] {
    return this.#state.kind === 'loaded' ? this.#state.items : [];
  }

  /** Resolves when what there was at the time of the call is in the list. A failed load is a state, not a rejection. */
  refresh(): Promise<void> {
    if (this.#loading !== undefined) {
      this.#again = true;
      return this.#loading;
    }
    this.#loading = this.#run().finally(() => (this.#loading = undefined));
    return this.#loading;
  }

  /** Loads once, and only once: for whoever needs the list at all. */
  async need(): Promise<readonly T[]> {
    if (this.#state.kind !== 'loaded') await this.refresh();
    return this.items;
  }

  /** Another engine: what was known means nothing now. */
  reset(): void {
    this.#generation++;
    this.#set({ kind: 'unknown' });
  }

  async #run(): Promise<void> {
    do {
      this.#again = false;
      const generation = this.#generation;
      const state = await this.#load().then(
        (items): LiveState<T> => ({ kind: 'loaded', items }),
        (error: unknown): LiveState<T> => ({ kind: 'failed', error }),
      );
      if (generation === this.#generation) this.#set(state);
    } while (this.#again);
  }

  #set(state: LiveState<T>): void {
    this.#state = state;
    this.#changed.fire();
  }
}
