import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ok } from '../../src/server/http/call.js';
import { Turn } from '../../src/server/http/turn.js';

describe('requests of one turn of the event loop', () => {
  it('share what is found for the same question', async () => {
    const turn = new Turn();
    let looks = 0;
    const ask = (key: string) => turn.once(key, async () => ok([key, ++looks]));
    const [one, two, other] = await Promise.all([ask('/a'), ask('/a'), ask('/b')]);
    expect(one).toBe(two);
    expect(one?.text?.toString()).toBe('["/a",1]\n');
    expect(other?.text?.toString()).toBe('["/b",2]\n');
  });

  it('look anew in the next', async () => {
    const turn = new Turn();
    let looks = 0;
    const ask = () => turn.once('/a', async () => ok(++looks));
    expect((await ask())?.body).toBe(1);
    await nextTurn();
    expect((await ask())?.body).toBe(2);
  });

  it('fail together', async () => {
    const turn = new Turn();
    let looks = 0;
    const ask = () => turn.once('/a', async () => Promise.reject(new Error(`failed ${++looks}`)));
    expect((await Promise.allSettled([ask(), ask()])).map((result) => (result.status === 'rejected' ? String(result.reason) : ''))).toEqual(['Error: failed 1', 'Error: failed 1']);
    await nextTurn();
    await expect(ask()).rejects.toThrow('failed 2');
  });
});
