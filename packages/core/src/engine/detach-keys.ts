import { CaissonError } from '../errors.js';

/** Finds the keys that leave a terminal, as docker writes them, in what is typed: `ctrl-p,ctrl-q`, `a`, `ctrl-@`. An empty text means that there are none. */
export class DetachKeys {
  readonly #keys: readonly number[];
  #matched = 0;

  /** @throws CaissonError `invalid-argument` */
  constructor(keys: string) {
    this.#keys = codes(keys);
  }

  /** What to pass on of this input; keys that may yet become the whole sequence are held back. */
  filter(data: Uint8Array): { readonly forward: Uint8Array; readonly detached: boolean } {
    if (this.#keys.length === 0) return { forward: data, detached: false };
    const forward: number[] = [];
    for (const byte of data) {
      if (byte === this.#keys[this.#matched]) {
        if (++this.#matched === this.#keys.length) return { forward: Uint8Array.from(forward), detached: true };
        continue;
      }
      forward.push(...this.#keys.slice(0, this.#matched));
      this.#matched = byte === this.#keys[0] ? 1 : 0;
      if (this.#matched === 0) forward.push(byte);
    }
    return { forward: Uint8Array.from(forward), detached: false };
  }
}

/** Where nothing is typed the keys do not matter, but a mistake in them is told of all the same. @throws CaissonError `invalid-argument` */
export function checkDetachKeys(keys: string | undefined): void {
  codes(keys ?? '');
}

const codes = (keys: string) => (keys === '' ? [] : keys.split(',').map(keyCode));

function keyCode(key: string): number {
  if (/^[ -~]$/.test(key)) return key.charCodeAt(0);
  const [, letter] = /^ctrl-([a-z@[\\\]^_])$/.exec(key) ?? [];
  if (letter === undefined) throw new CaissonError('invalid-argument', `${JSON.stringify(key.slice(0, 60))} is not a key to detach with`, { hint: 'write them as in --detach-keys ctrl-p,ctrl-q' });
  return letter.toUpperCase().charCodeAt(0) & 0x1f;
}
