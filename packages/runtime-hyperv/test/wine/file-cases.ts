import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { extractInto, isCaissonError, parseReference, RootView, TarReader, TarWriter, tarEntry, type ContainerOptions, type ErrorCode, type TarEntry } from '@caisson/core';
import { filesWork } from '../../src/files/files-work.js';
import { WindowsFiles } from '../../src/files/windows-files.js';
import { openBackupFiles } from '../../src/win32/files.js';
import { libraryPaths } from '../../src/win32/library-paths.js';
import { runToEnd, theEngine } from './simulated-engine.js';
import { calls, faults, libraries, noFaults } from './simulated-host.js';

type Entry = TarEntry | readonly [TarEntry, string];

const folder = (path: string): Entry => tarEntry({ path, type: 'directory' });
const file = (path: string, text: string): Entry => [tarEntry({ path, type: 'file', size: Buffer.byteLength(text), mtime: 1_700_000_000 }), text];

async function* tar(...entries: readonly Entry[]): AsyncGenerator<Uint8Array, void> {
  const chunks: Buffer[] = [];
  const writer = new TarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const entry of entries) {
    if ('path' in entry) writer.add(entry);
    else writer.add(entry[0], Buffer.from(entry[1]));
  }
  writer.finish();
  yield* chunks;
}

/** What an archive holds: the path and the content of each entry, `/` for a folder. */
async function listed(bytes: AsyncIterable<Uint8Array>): Promise<string[]> {
  const seen: string[] = [];
  const reader = new TarReader({
    entry: ({ path, type, mode, mtime }) => void seen.push(`${path} ${type === 'directory' ? '/' : `${mode.toString(8)} ${mtime} `}`),
    data: (chunk) => void (seen[seen.length - 1] += chunk.toString()),
    hole() {},
    endEntry() {},
  });
  for await (const chunk of bytes) reader.write(Buffer.from(chunk));
  reader.end();
  return seen;
}

async function create(more: Partial<ContainerOptions> = {}): Promise<string> {
  const { engine } = theEngine();
  return (await engine.containers.create({ image: 'localhost/base:1', network: 'none', ...more })).id;
}

async function refused(promise: Promise<unknown>, code: ErrorCode, pattern: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => (isCaissonError(error, code) && pattern.test(error.message)) || assert.fail(String(error)));
}

const layerOf = (id: string) => theEngine().snapshotter.stack(id).folder;

function assertUnmounted(id: string): void {
  for (const mark of ['.activated', '.prepared']) assert.equal(existsSync(join(layerOf(id), mark)), false, `the layer is left ${mark}`);
}

/** A folder as the volume of a container, worked on in this very process: what the child does, without its start. */
function volume() {
  const root = join(process.env['CAISSON_TEST_FOLDER'] ?? '.', `volume-${randomBytes(6).toString('hex')}`);
  mkdirSync(root);
  const files = openBackupFiles(libraryPaths(libraries));
  const request = (path: string) => ({ op: 'files', libraries, volume: root, path, container: 'box' }) as const;
  return {
    root,
    stat: (path: string) => filesWork({ ...request(path), action: 'stat' }, files, tar()),
    write: (path: string, bytes: AsyncIterable<Uint8Array>, keepTypes = false) => filesWork({ ...request(path), action: 'write', keepTypes }, files, bytes),
    read: async (path: string) => {
      const target = `${root}.tar`;
      rmSync(target, { force: true });
      await filesWork({ ...request(path), action: 'read', target }, files, tar());
      return listed(createReadStream(target));
    },
  };
}

/** Volumes can be looked into, which takes the simulated host a moment each. */
function withVolumes(run: () => Promise<void>): () => Promise<void> {
  return async () => {
    process.env['SIMULATED_VOLUMES'] = '1';
    try {
      await run();
    } finally {
      delete process.env['SIMULATED_VOLUMES'];
    }
  };
}

export const fileCases: Readonly<Record<string, () => Promise<void>>> = {
  'files go into a container that does not run, and come out': withVolumes(async () => {
    const { containers } = theEngine().engine;
    const id = await create({ command: ['cmd', '/S', '/C', 'type C:\\app\\in.txt >C:\\app\\out.txt'] });
    await containers.write(id, 'C:\\', tar(folder('app'), file('app/in.txt', 'from outside'), file('app/deep/er/x', 'deep'), tarEntry({ path: 'app/twin', type: 'hardlink', linkname: 'app/in.txt' })));
    assertUnmounted(id);
    await containers.start(id);
    assert.equal((await containers.wait(id)).code, 0);
    const { stat, tar: archive } = await containers.read(id, '/app');
    assertUnmounted(id);
    assert.deepEqual([stat.name, (stat.mode & 0o40000) !== 0, stat.linkTarget], ['app', true, '']);
    const found = await listed(archive);
    assert.deepEqual(found.filter((line) => !line.includes('out.txt')), ['app /', 'app/deep /', 'app/deep/er /', 'app/deep/er/x 755 1700000000 deep', 'app/in.txt 755 1700000000 from outside', 'app/twin 755 1700000000 from outside']);
    assert.match(found.find((line) => line.includes('out.txt')) ?? '', /^app\/out\.txt 755 \d+ from outside$/);
    const one = await containers.stat(id, 'c:/app/in.txt');
    assert.deepEqual([one.name, one.size, one.modified.getTime()], ['in.txt', 12, 1_700_000_000_000]);
    assert.deepEqual(await listed((await containers.read(id, '\\Windows\\base.txt')).tar).then((lines) => lines.map((line) => line.split(' ')[0])), ['base.txt']);
    assert.deepEqual(readdirSync(join(theEngine().snapshotter.root, 'work')), []);
    await containers.remove(id);
  }),
  'what is there is replaced, but no folder by a file where types are kept': async () => {
    const { write, read, stat } = volume();
    await write('/', tar(folder('a'), file('a/x', 'longer than the next')));
    await write('/a', tar(file('x', 'short')), true);
    assert.deepEqual(await read('/a'), ['a /', 'a/x 755 1700000000 short']);
    await refused(write('/', tar(file('a', 'no folder')), true), 'invalid-argument', /folder a cannot be replaced/);
    await refused(write('/a', tar(folder('x')), true), 'invalid-argument', /folder cannot replace x/);
    await write('/', tar(file('a', 'no folder')));
    assert.deepEqual(await read('/a'), ['a 755 1700000000 no folder']);
    await refused(write('/a', tar(file('x', ''))), 'invalid-argument', /\/a in container box is no folder/);
    await refused(write('/b', tar(file('x', ''))), 'not-found', /no folder \/b in container box/);
    await refused(read('/b'), 'not-found', /there is no \/b in container box/);
    await refused(stat('D:\\b'), 'invalid-argument', /drive C:/);
  },
  'a hostile archive is refused, and nothing of it lands outside': async () => {
    const { root, write, read } = volume();
    await write('/', tar(folder('in'), file('in/x', 'x')));
    for (const path of ['../evil', 'a/../../evil', 'back\\slash', 'stream:x', 'NUL', 'trailing.', 'C:/evil'])
      await refused(write('/in', tar(file(path, 'x'))), 'invalid-content', /name that Windows cannot keep/);
    await refused(write('/', tar(tarEntry({ path: 'link', type: 'hardlink', linkname: 'in' }))), 'invalid-content', /no file/);
    await refused(write('/', tar(tarEntry({ path: 'link', type: 'hardlink', linkname: '../outside' }))), 'invalid-content', /name that Windows cannot keep/);
    await refused(write('/', tar(tarEntry({ path: 'pipe', type: 'fifo' }))), 'unsupported', /fifo/);
    await refused(write('/', tar(file('in/x/y', 'x'))), 'invalid-argument', /below what is no folder/);
    await refused(write('/', (async function* () { yield Buffer.alloc(700, 7); })()), 'invalid-content', /./);
    const cut = Buffer.concat(await Array.fromAsync(tar(file('cut', 'x'.repeat(5000))))).subarray(0, 2000);
    await refused(write('/', (async function* () { yield cut; })()), 'invalid-content', /./);
    assert.deepEqual((await read('/in')), ['in /', 'in/x 755 1700000000 x']);
    assert.deepEqual(readdirSync(join(root, '..')).filter((name) => name.includes('evil')), []);
  },
  'on this host an archive is unpacked below its folder only': async () => {
    const { root } = volume();
    using view = new RootView(root);
    await extractInto(tar(folder('a'), file('a/x', 'x')), { root, folder: '', view, keepTypes: true });
    assert.equal(readFileSync(join(root, 'a', 'x'), 'utf8'), 'x');
    for (const path of ['..\\evil', 'a\\..\\..\\evil', 'C:evil', 'a:stream/evil', 'b\\c/evil'])
      await refused(extractInto(tar(file(path, 'x')), { root, folder: '', view, keepTypes: true }), 'invalid-content', /cannot be made on Windows/);
    assert.deepEqual(readdirSync(root), ['a']);
    assert.deepEqual(readdirSync(join(root, '..')).filter((name) => name.includes('evil')), []);
  },
  'of a container that runs with process isolation files are reached where it has them': withVolumes(async () => {
    const { containers } = theEngine().engine;
    const id = await create({ command: ['sh', '-c', 'echo begun; while [ ! -e /go ]; do sleep 0.02; done; cat /told'] });
    await containers.start(id);
    calls();
    await containers.write(id, '/', tar(file('told', 'while it ran')));
    assert.deepEqual(await listed((await containers.read(id, '/told')).tar), ['told 755 1700000000 while it ran']);
    assert.deepEqual(calls().filter((line) => /^(?:Activate|Prepare|Unprepare|Deactivate)Layer /.test(line)), []);
    await containers.write(id, '/', tar(file('go', '')));
    assert.equal((await containers.wait(id)).code, 0);
    const parts: Buffer[] = [];
    for await (const { data } of containers.logs(id)) parts.push(Buffer.from(data));
    assert.equal(Buffer.concat(parts).toString(), 'begun\nwhile it ran');
    await containers.remove(id);
  }),
  'of one that runs with Hyper-V isolation they are not, which is said': async () => {
    const { containers } = theEngine().engine;
    const id = await create({ command: ['sleep', '100'], isolation: 'hyperv', name: 'utility' });
    await containers.start(id);
    await refused(containers.read(id, '/Windows'), 'unsupported', /container utility cannot be reached while it runs.*Hyper-V/);
    await refused(containers.write(id, '/', tar(file('x', 'x'))), 'unsupported', /Hyper-V/);
    assert.equal((await containers.get(id)).status, 'running');
    await containers.remove(id, { force: true });
  },
  'calls on the layer that fail are told, and undone': withVolumes(async () => {
    const { containers } = theEngine().engine;
    const id = await create();
    for (const name of ['CreateSandboxLayer', 'ActivateLayer', 'PrepareLayer', 'GetLayerMountPath']) {
      faults([name, 0x80070005]);
      await refused(containers.stat(id, '/Windows'), 'denied', /0x80070005/).finally(noFaults);
      if (name !== 'CreateSandboxLayer') assertUnmounted(id);
    }
    const { snapshotter } = theEngine();
    const broken = new WindowsFiles(snapshotter, { libraries, helper: [process.execPath, '-e', 'process.exit(3)'] });
    const target = { id, name: 'x', running: false };
    await refused(broken.stat(target, '/'), 'runtime-failed', /without an answer/);
    await refused(broken.read(target, '/'), 'runtime-failed', /without an answer/);
    await refused(containers.read(id, '/Windows', { signal: AbortSignal.abort() }), 'cancelled', /cancelled/);
    assertUnmounted(id);
    assert.deepEqual(readdirSync(join(snapshotter.root, 'work')), []);
    // What a killed process left mounted is in nobody's way.
    calls();
    assert.equal((await containers.stat(id, '/')).name, '/');
    await containers.remove(id);
  }),
  'a container that has ended becomes an image, one that runs does not': async () => {
    const { engine, images } = theEngine();
    const { containers } = engine;
    const id = await create({ command: ['cmd', '/S', '/C', 'echo kept>C:\\kept.txt'], name: 'worker' });
    const name = parseReference('localhost/committed:1');
    await containers.commit(id, { name: parseReference('localhost/untouched:1') });
    await containers.start(id);
    assert.equal((await containers.wait(id)).code, 0);
    await containers.commit(id, { name, changes: ['CMD type C:\\kept.txt'] });
    assert.deepEqual(await runToEnd('localhost/committed:1', ['cmd', '/S', '/C', 'type C:\\kept.txt']), { code: 0, log: 'kept\n' });
    const [before, after] = await Promise.all([engine.images.get('localhost/untouched:1'), engine.images.get('localhost/committed:1')]);
    assert.deepEqual([before.config.rootfs.diff_ids.length, after.config.rootfs.diff_ids.length], [1, 2]);
    assert.equal(before.config.config?.ArgsEscaped, undefined);
    assert.equal(before.config.config?.WorkingDir, '');
    assert.ok(await images.get(name));
    await refused((async () => { for await (const piece of containers.export(id)) assert.fail(`${piece.length} bytes`); })(), 'unsupported', /no tree that could be exported/);
    await containers.remove(id);
    const running = await create({ command: ['sleep', '100'], name: 'runner' });
    await containers.start(running);
    await refused(containers.commit(running), 'unsupported', /runner cannot be made an image of while it runs/);
    await containers.remove(running, { force: true });
  },
};
