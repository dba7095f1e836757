import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { LocalEngine } from '@caisson/core';
import { openEngine } from '../../packages/cli/src/engine/open.js';
import { isRoot, Sandbox } from './support.js';

const image = 'localhost/busybox:1';

describe.skipIf(!isRoot)('waiting, as a library (needs root to run containers)', () => {
  let box: Sandbox;
  let engine: LocalEngine;
  beforeAll(() => {
    box = Sandbox.withBase();
    engine = openEngine({ dataRoot: box.path('data'), runRoot: box.path('run') });
  });
  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]();
    box?.dispose();
  });

  const create = (name: string, script: string, more: object = {}) => engine.containers.create({ image, name, network: 'none', command: ['sh', '-c', script], ...more });

  it('resolves at once for what does not run, unless the next exit is wanted', async () => {
    const { id } = await create('waited', 'exit 3');
    expect(await engine.containers.wait(id)).toMatchObject({ code: 0 });
    const next = engine.containers.wait(id, { condition: 'next-exit' });
    await engine.containers.start(id);
    expect(await next).toMatchObject({ code: 3, oomKilled: false });
    expect(await engine.containers.wait('waited')).toMatchObject({ code: 3 });
    const again = engine.containers.wait(id, { condition: 'next-exit' });
    await engine.containers.remove(id);
    await expect(again).rejects.toMatchObject({ code: 'not-found' });
  });

  it('waits for the removal, and tells the exit before it', async () => {
    const { id } = await create('passing', 'exit 4', { autoRemove: true });
    const removed = engine.containers.wait(id, { condition: 'removed' });
    await engine.containers.start(id);
    expect(await removed).toMatchObject({ code: 4 });
    await expect(engine.containers.get(id)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('ends with its signal', async () => {
    const { id } = await create('long', 'sleep 600');
    await engine.containers.start(id);
    for (const condition of ['not-running', 'next-exit', 'removed'] as const) {
      const stop = new AbortController();
      const waiting = engine.containers.wait(id, { condition, signal: stop.signal });
      stop.abort();
      await expect(waiting).rejects.toMatchObject({ code: 'cancelled' });
    }
    await engine.containers.remove(id, { force: true });
  });

  it('measures again and again until the end', async () => {
    const { id } = await create('measured', 'sleep 2.5');
    await engine.containers.start(id);
    const readings = await Array.fromAsync(engine.containers.stats(id, { stream: true }));
    expect(readings.length).toBeGreaterThanOrEqual(2);
    expect(readings.every((reading) => reading.name === 'measured' && reading.pids >= 0 && reading.onlineCpus > 0)).toBe(true);
    await expect(Array.fromAsync(engine.containers.stats(id))).rejects.toMatchObject({ code: 'in-use' });
    await expect(engine.containers.top(id)).rejects.toMatchObject({ code: 'in-use' });
    await expect(engine.containers.resize(id, { columns: 1, rows: 1 })).rejects.toMatchObject({ code: 'in-use' });
    await engine.containers.remove(id);
  });

  it('resizes a terminal from elsewhere', async () => {
    const { id } = await create('screen', 'trap "stty size" WINCH; stty size; while :; do sleep 0.05; done', { terminal: true, stdin: true });
    await using client = await engine.containers.startAttached(id, { stdin: false });
    let shown = '';
    client.stdout?.on('data', (data: Buffer) => (shown += data.toString()));
    // What it says first, a size or that there is none yet, comes when it listens for the signal.
    await expect.poll(() => shown).not.toBe('');
    await engine.containers.resize(id, { columns: 91, rows: 17 });
    await expect.poll(() => shown).toContain('17 91');
    await expect(engine.containers.resize(id, { columns: 5000, rows: 1 })).rejects.toMatchObject({ code: 'invalid-argument' });
    await engine.containers.remove(id, { force: true });
  });
});
