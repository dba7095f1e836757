import { describe, expect, it } from 'vitest';
import { withoutZeros } from '../../src/index.js';

const k = 1024;
const runs = (data: Uint8Array) => {
  const found: [number, number][] = [];
  const left = withoutZeros(data, (from, to) => found.push([from, to]));
  return { found, left };
};

describe('rows of zeros', () => {
  it('are left out where they are long', () => {
    const data = Buffer.alloc(300 * k, 1).fill(0, 64 * k, 192 * k);
    expect(runs(data)).toEqual({ found: [[0, 64 * k], [192 * k, 300 * k]], left: true });
    expect(runs(Buffer.alloc(128 * k))).toEqual({ found: [], left: true });
    expect(runs(Buffer.alloc(130 * k))).toEqual({ found: [[128 * k, 130 * k]], left: true });
  });

  it('are written where they are short, or not quite zeros', () => {
    expect(runs(Buffer.alloc(10 * k))).toEqual({ found: [[0, 10 * k]], left: false });
    const almost = Buffer.alloc(64 * k);
    almost[64 * k - 1] = 1;
    expect(runs(almost)).toEqual({ found: [[0, 64 * k]], left: false });
    expect(runs(Buffer.alloc(0))).toEqual({ found: [], left: false });
  });
});
