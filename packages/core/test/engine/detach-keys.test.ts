import { describe, expect, it } from 'vitest';
import { checkDetachKeys, DetachKeys } from '../../src/index.js';

describe('keys to detach with', () => {
  const type = (keys: string, ...pieces: string[]) => {
    const filter = new DetachKeys(keys);
    return pieces.map((piece) => {
      const { forward, detached } = filter.filter(Buffer.from(piece));
      return [Buffer.from(forward).toString(), detached];
    });
  };

  it('are found across pieces, and what only looks like them is passed on', () => {
    expect(type('ctrl-p,ctrl-q', 'a\u0010', '\u0011b')).toEqual([['a', false], ['', true]]);
    expect(type('ctrl-p,ctrl-q', '\u0010', 'x')).toEqual([['', false], ['\u0010x', false]]);
    expect(type('ctrl-p,ctrl-q', '\u0010\u0010\u0011')).toEqual([['\u0010', true]]);
    expect(type('', '\u0010\u0011')).toEqual([['\u0010\u0011', false]]);
  });

  it('are refused where they are none', () => {
    for (const keys of ['ctrl-', 'ctrl-1', 'ctrl-P', 'ab', 'ctrl-p,']) expect(() => checkDetachKeys(keys)).toThrow(/is not a key to detach with/);
    for (const keys of [undefined, '', 'a', 'ctrl-@', 'ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_']) checkDetachKeys(keys);
  });
});
