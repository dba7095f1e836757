import { badRequest } from '../http/api-error.js';

/** Finds docker's key sequence in what a terminal types: `ctrl-p,ctrl-q`, `a`, `ctrl-@`. */
export class DetachKeys {
  readonly #keys: readonly number[];
  #matched = 0;

  /** @throws ApiError 400 */
  constructor(keys: string) {
    this.#keys = keys === '' ? [] : keys.split(',').map(keyCode);
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

/** @throws ApiError 400 where they are none */
export function checkDetachKeys(keys: string): string {
  if (keys !== '') for (const key of keys.split(',')) keyCode(key);
  return keys;
}

function keyCode(key: string): number {
  if (/^[ -~]$/.test(key)) return key.charCodeAt(0);
  const [, letter] = /^ctrl-([a-zA-Z@[\\\]^_])$/.exec(key) ?? [];
  if (letter === undefined) throw badRequest(`Invalid escape keys (${key.slice(0, 60)}) provided`);
  return letter.toUpperCase().charCodeAt(0) & 0x1f;
}
