import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseReference, type BuildEvent } from '@caisson/core';
import { CaissonEngine, openRemoteEngine, parseEndpoint, type RemoteEngine } from '@caisson/docker-api/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, Sandbox, untilTrue } from './support.js';

// What Caisson's daemon can do beyond docker's API, through the client: as the editor uses it. Once where both sides share their files, once where not.
describe.each([true, false])('the endpoints of its own, paths shared: %s', (sameHost) => {
  const sandbox = Sandbox.withBase();
  let daemon: ChildProcess;
  let engine: RemoteEngine;
  let folder = '';

  beforeAll(async () => {
    const socket = sandbox.path('engine.sock');
    daemon = spawn(process.execPath, [cliPath, 'daemon', '--host', `unix://${socket}`], { env: sandbox.env, stdio: 'ignore' });
    await untilTrue(async () => {
      engine = await openRemoteEngine(parseEndpoint(`unix://${socket}`), { sameHost });
      return engine instanceof CaissonEngine;
    });
    folder = sandbox.tree('context', { Dockerfile: 'FROM localhost/busybox:1\nARG WHO=me\nCOPY sub /sub\nRUN echo built for $WHO && rm /sub/gone.txt\n', 'sub/kept.txt': 'kept\n', 'sub/gone.txt': 'gone\n' });
  });

  afterAll(async () => {
    await engine?.[Symbol.asyncDispose]();
    const ended = new Promise((resolve) => daemon.once('exit', resolve));
    daemon.kill();
    await ended;
    sandbox.dispose();
  });

  async function build(tag: string, buildArgs: Readonly<Record<string, string>> = {}): Promise<readonly BuildEvent[]> {
    const events: BuildEvent[] = [];
    const task = engine.build({ context: { kind: 'folder', path: folder }, tags: [parseReference(tag)], buildArgs });
    for await (const event of task) events.push(event);
    expect((await task).steps.total).toBeGreaterThan(1);
    return events;
  }

  it('builds with all events, and with the reason of each miss', async () => {
    const first = await build('own:1');
    expect(first.flatMap((event) => (event.type === 'output' ? event.text : [])).join('')).toContain('built for me');
    expect(first.filter(({ type }) => type === 'stage')).toHaveLength(1);
    writeFileSync(join(folder, 'sub/kept.txt'), 'kept and changed\n');
    const second = await build('own:2', { WHO: 'you' });
    const reasons = second.flatMap((event) => (event.type === 'miss' ? event.reason : []));
    expect(reasons[0]).toMatchObject({ kind: 'files', text: expect.stringContaining('kept.txt') });
  });

  it('fails with the code and the line of the engine itself', async () => {
    const task = engine.build({ context: { kind: 'folder', path: folder }, dockerfile: { text: 'FROM localhost/busybox:1\nRUN exit 3\n', name: 'bad' } });
    await expect(task).rejects.toMatchObject({ code: 'build-failed', range: { start: { line: 2 } } });
  });

  it('shows layers and their files', async () => {
    const layers = await engine.images.layers('own:1');
    const run = layers.findLast(({ empty }) => !empty);
    expect(run?.createdBy).toContain('rm /sub/gone.txt');
    const view = await engine.images.files('own:1', { layer: run?.index ?? -1 });
    expect(view.totals).toMatchObject({ deleted: 1, wastedBytes: 5 });
    expect((await view.children('sub')).find(({ name }) => name === 'gone.txt')).toMatchObject({ change: 'deleted', modified: expect.any(Date) });
    await expect(view.children('nowhere')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('reads a file of an image, and compares two', async () => {
    const { file, data } = await engine.images.readFile('own:2', 'sub/kept.txt');
    expect(file).toMatchObject({ name: 'kept.txt', size: 17 });
    expect(Buffer.concat(await Array.fromAsync(data)).toString()).toBe('kept and changed\n');
    await expect(engine.images.readFile('own:2', 'sub/gone.txt')).rejects.toMatchObject({ code: 'not-found' });
    const { changes, sharedLayers } = await engine.images.compare('own:1', 'own:2');
    expect(changes).toContainEqual(expect.objectContaining({ path: 'sub/kept.txt', kind: 'changed', before: 5, after: 17 }));
    expect(sharedLayers).toBe(1);
  });

  it('remembers builds, and says what the cache holds', async () => {
    const [latest] = await engine.builds.history();
    expect(latest).toMatchObject({ status: 'failed', started: expect.any(Date), finished: expect.any(Date) });
    expect((await engine.builds.cache())[0]).toMatchObject({ used: expect.any(Date), description: expect.any(String) });
  });

  it('says when nobody is there', async () => {
    await expect(openRemoteEngine(parseEndpoint(`unix://${sandbox.path('nothing.sock')}`))).rejects.toMatchObject({ code: 'unavailable' });
  });
});
