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

  it('tells every manifest of an image for several platforms, here or not', async () => {
    sandbox.ok('build', '-q', '-t', 'many:1', '--platform', 'linux/amd64,linux/arm64', '--provenance=true', sandbox.tree('many', { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' }));
    const whole = await engine.images.manifests('many:1');
    expect(whole.map(({ kind, available, platform }) => [kind, available, platform?.architecture])).toEqual([
      ['image', true, 'amd64'],
      ['image', true, 'arm64'],
      ['attestation', true, 'unknown'],
      ['attestation', true, 'unknown'],
    ].map(([kind, available, architecture]) => [kind, available, kind === 'image' ? architecture : undefined]));
    expect(whole.slice(2).map(({ about }) => about)).toEqual(whole.slice(0, 2).map(({ descriptor }) => descriptor.digest));
    expect(whole.every(({ contentBytes }) => contentBytes > 0)).toBe(true);
    expect(sandbox.ok('images', '--tree', 'many')).toMatch(/many:1 .*\n├─ linux\/amd64 +[0-9a-f]{12} .*\n└─ linux\/arm64 +[0-9a-f]{12} +\S+ +\S+ *$/);

    // Of a layout, only what this host can run is taken, and the index with it.
    sandbox.ok('image', 'copy', '--all-platforms', 'store:many:1', `oci:${sandbox.path('layout')}:1`);
    sandbox.ok('rmi', 'many:1');
    sandbox.ok('image', 'copy', '--platform', 'linux/arm64', `oci:${sandbox.path('layout')}:1`, 'store:many:2');
    const part = await engine.images.manifests('many:2');
    expect(part.map(({ kind, available, contentBytes }) => [kind, available, contentBytes > 0])).toEqual([['image', false, false], ['image', true, true], ['attestation', false, false], ['attestation', false, false]]);
    // What there is of it can be looked at as any image.
    expect(sandbox.ok('image', 'inspect', '--format', '{{.Architecture}}', 'many:2')).toBe('arm64');
    expect(sandbox.ok('images', 'many')).toContain('many         2');
    expect(sandbox.ok('images', '--tree', 'many')).toMatch(/├─ linux\/amd64 +[0-9a-f]{12} +0B +0B *\n└─ linux\/arm64/);
    expect((await engine.images.get('many:2')).config.architecture).toBe('arm64');
    expect(sandbox.ok('system', 'check')).toContain('all is well');
    sandbox.ok('save', '-o', sandbox.path('many.tar'), 'many:2');
    sandbox.ok('rmi', 'many:2');
    expect(sandbox.ok('load', '-i', sandbox.path('many.tar'))).toContain('many:2');
    sandbox.ok('rmi', 'many:2');
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
