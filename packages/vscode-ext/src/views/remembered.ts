import { Emitter } from '../util/emitter.js';
import type { ViewOptions } from './node.js';

/** Where values outlive the window: the editor's Memento has these two. */
export interface Store {
  get<T>(key: string): T | undefined;
  update(key: string, value: unknown): Thenable<void>;
}

/** How a view shows what it has, kept between sessions. */
export class RememberedOptions {
  readonly #store: Store;
  readonly #key: string;
  readonly #changed = new Emitter<ViewOptions>();
  readonly onChange = this.#changed.event;
  #options: ViewOptions;

  constructor(store: Store, view: string, defaults: ViewOptions) {
    this.#store = store;
    this.#key = `view.${view}`;
    this.#options = { ...defaults, ...store.get<Partial<ViewOptions>>(this.#key) };
  }

  get value(): ViewOptions {
    return this.#options;
  }

  async change(change: Partial<ViewOptions>): Promise<void> {
    this.#options = { ...this.#options, ...change };
    this.#changed.fire(this.#options);
    await this.#store.update(this.#key, this.#options);
  }
}
