import type { Engine, EngineEvent } from '@caisson/core';
import { describe, expect, it, vi } from 'vitest';
import { Inventory } from '../../src/state/inventory.js';
import { LiveList } from '../../src/state/live-list.js';

describe('LiveList', () => {
  it('loads once more, however often it is asked to meanwhile', async () => {
    let loads = 0;
    const list = new LiveList(async () => [++loads]);
    const changed = vi.fn<() => void>();
    list.onChange(changed);
    await Promise.all([list.refresh(), list.refresh(), list.refresh(), list.refresh()]);
    expect(list.items).toEqual([2]);
    expect(changed).toHaveBeenCalledTimes(2);
  });

  it('takes a failure for a state, from which the next load leads out', async () => {
    let fail = true;
    const list = new LiveList(async () => (fail ? Promise.reject(new Error('gone')) : [1]));
    expect(await list.need()).toEqual([]);
    expect(list.state).toMatchObject({ kind: 'failed', error: new Error('gone') });
    fail = false;
    expect(await list.need()).toEqual([1]);
  });

  it('forgets what another engine answers late', async () => {
    let answer: (items: readonly string[]) => void = () => {};
    const list = new LiveList<string>(() => new Promise((resolve) => (answer = resolve)));
    const loading = list.refresh();
    list.reset();
    answer(['of the old one']);
    await loading;
    expect(list.state.kind).toBe('unknown');
  });
});

describe('Inventory', () => {
  function world() {
    const calls = { containers: 0, images: 0, volumes: 0 };
    let send: (event: Partial<EngineEvent>) => void = () => {};
    const engine = {
      containers: { list: async () => (calls.containers++, []) },
      images: { list: async () => (calls.images++, []) },
      volumes: { list: async () => (calls.volumes++, []) },
      events: async function* ({ signal }: { signal: AbortSignal }) {
        const queue: Partial<EngineEvent>[] = [];
        let wake = () => {};
        send = (event) => (queue.push(event), wake());
        signal.addEventListener('abort', () => wake());
        while (!signal.aborted) {
          const next = queue.shift();
          if (next) yield next;
          else await new Promise<void>((resolve) => (wake = resolve));
        }
      },
    };
    return { calls, send: (type: EngineEvent['type'], action: string) => send({ type, action }), inventory: new Inventory(async () => engine as unknown as Engine) };
  }

  it('asks again for what an event is about, and only for what somebody has asked for', async () => {
    const { calls, send, inventory } = world();
    await inventory.containers.need();
    const watching = inventory.watch();
    await new Promise((resolve) => setImmediate(resolve));
    send('container', 'start');
    send('container', 'exec_start: sh');
    send('volume', 'create');
    await expect.poll(() => calls.containers).toBe(2);
    expect(calls).toEqual({ containers: 2, images: 0, volumes: 0 });
    inventory.reset();
    await watching;
    expect(inventory.containers.state.kind).toBe('unknown');
  });

  it('gathers a hundred events into few loads', async () => {
    const { calls, send, inventory } = world();
    await inventory.containers.need();
    const watching = inventory.watch();
    await new Promise((resolve) => setImmediate(resolve));
    for (let i = 0; i < 100; i++) send('container', 'start');
    await expect.poll(() => calls.containers).toBeGreaterThan(1);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(calls.containers).toBeLessThan(5);
    inventory.unwatch();
    await watching;
  });
});
