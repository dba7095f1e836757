import type { Progress } from '@caisson/core';
import type { ProgressLine } from '../../types/progress.js';

/** docker's words for what happens to a layer. */
const words = {
  pull: { waiting: 'Pulling fs layer', copying: 'Downloading', done: 'Pull complete', 'already exists': 'Already exists' },
  push: { waiting: 'Preparing', copying: 'Pushing', done: 'Pushed', 'already exists': 'Layer already exists' },
} as const;

/** How often the count of a layer's bytes is told, in milliseconds. */
const interval = 100;

/** Makes lines of a transfer's progress. Counts come as fast as the network gives bytes: of most of them nobody needs to know. */
export class TransferLines {
  readonly #words: Readonly<Record<string, string>>;
  readonly #last = new Map<string, { status: string; at: number }>();
  /** Whether anything had to be moved. */
  moved = false;

  constructor(direction: keyof typeof words) {
    this.#words = words[direction];
  }

  /** Undefined for what need not be told. */
  line({ id, status, current, total }: Progress): ProgressLine | undefined {
    const told = this.#words[status] ?? capitalised(status);
    const last = this.#last.get(id);
    const now = Date.now();
    const counts = current !== undefined && status !== 'done' && status !== 'already exists' && status !== 'waiting';
    if (last?.status === status && (!counts || now - last.at < interval)) return undefined;
    this.#last.set(id, { status, at: now });
    if (status !== 'already exists') this.moved = true;
    return { status: told, progressDetail: counts ? { current, ...(total === undefined ? {} : { total }) } : {}, id: shortId(id) };
  }
}

export function shortId(digest: string): string {
  return digest.replace(/^sha(?:256|512):/, '').slice(0, 12);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
