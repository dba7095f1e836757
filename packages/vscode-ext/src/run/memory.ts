import { familiarRepository, parseReference } from '@caisson/core';
import type { Store } from '../views/remembered.js';
import { emptyChoices, type RunChoices } from './choices.js';

const kept = 50;

/** How images were run the last time, by repository: another tag of it is most likely run in the same way. */
export class RunMemory {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  choices(image: string): RunChoices | undefined {
    const found = this.#all()[keyOf(image)];
    return found === undefined ? undefined : { ...emptyChoices, ...found };
  }

  async remember(image: string, choices: RunChoices): Promise<void> {
    const { [keyOf(image)]: _, ...others } = this.#all();
    await this.#store.update('run.choices', Object.fromEntries([[keyOf(image), choices], ...Object.entries(others)].slice(0, kept)));
  }

  #all(): Readonly<Record<string, Partial<RunChoices>>> {
    return this.#store.get('run.choices') ?? {};
  }
}

function keyOf(image: string): string {
  try {
    return familiarRepository(parseReference(image));
  } catch {
    return image;
  }
}
