import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isCaissonError, TarReader, TarWriter, tarEntry, type Digest, type TarEntry } from '@caisson/core';
import type { Case } from '@caisson/core/testing';
import { WindowsDiffer } from '../../src/snapshot/windows-differ.js';
import { WindowsSnapshotter } from '../../src/snapshot/windows-snapshotter.js';
import { mounted } from '../../src/snapshot/mounted.js';
import { calls, faults, helper, libraries, noFaults, openRuntime, spec } from './simulated-host.js';

const chain = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;
const folder = (path: string, more: Partial<TarEntry> = {}): TarEntry => tarEntry({ path, type: 'directory', windows: new Map([['MSWINDOWS.fileattr', '16']]), ...more });
const file = (path: string, text: string, more: Partial<TarEntry> = {}): readonly [TarEntry, string] => [tarEntry({ path, type: 'file', size: Buffer.byteLength(text), mtime: 1_700_000_000, windows: new Map([['MSWINDOWS.fileattr', '32'], ['LIBARCHIVE.creationtime', '1600000000.5']]), ...more }), text];

type Entry = TarEntry | readonly [TarEntry, string];

function layer(...entries: readonly Entry[]): AsyncIterable<Uint8Array> {
  const chunks: Buffer[] = [];
  const tar = new TarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const entry of entries) {
    if ('path' in entry) tar.add(entry);
    else tar.add(entry[0], Buffer.from(entry[1]));
  }
  tar.finish();
  return (async function* () {
    yield* chunks;
  })();
}

async function setUp() {
  const snapshotter = new WindowsSnapshotter(join(process.env['CAISSON_TEST_FOLDER'] ?? '.', 'snapshots', randomBytes(6).toString('hex')), { libraries, helper });
  const differ = new WindowsDiffer(snapshotter, { libraries, helper });
  const apply = async (key: string, parent: Digest | undefined, as: Digest, ...entries: readonly Entry[]) => {
    await snapshotter.prepare(key, parent);
    const applied = await differ.apply(layer(...entries), 'none', key);
    await snapshotter.commit(key, as);
    return applied;
  };
  const base = () =>
    apply('base', undefined, chain('a'), folder('Files'), folder('Files/Windows'), file('Files/Windows/win.ini', 'ini'), file('Files/gone.txt', 'x'), file('Files/linked.txt', 'shared'), folder('UtilityVM'), folder('UtilityVM/Files'), folder('UtilityVM/Files/EFI'), file('UtilityVM/Files/kernel', 'kernel'));
  return { snapshotter, differ, apply, base };
}

async function refused(promise: Promise<unknown>, code: Parameters<typeof isCaissonError>[1], pattern: RegExp): Promise<void> {
  await assert.rejects(promise, (error) => (isCaissonError(error, code as 'internal') && pattern.test(error.message)) || assert.fail(String(error)));
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

const cases: Record<string, () => Promise<void>> = {
  'a base layer is written where it stays, and made usable with its utility VM': async () => {
    const { snapshotter, base } = await setUp();
    calls();
    const { entries, diffId } = await base();
    assert.equal(entries, 9);
    assert.match(diffId, /^sha256:/);
    const top = snapshotter.stack((await snapshotter.prepare('c', chain('a')), 'c')).parents[0] ?? '';
    assert.equal(read(top, 'Files/Windows/win.ini'), 'ini');
    assert.equal(read(top, 'UtilityVM/Files/kernel'), 'kernel');
    assert.equal(statSync(join(top, 'Files/Windows/win.ini')).mtimeMs, 1_700_000_000_000);
    assert.ok(existsSync(join(top, 'blank-base.vhdx')) && existsSync(join(top, 'UtilityVM', 'SystemTemplate.vhdx')));
    assert.deepEqual(calls().map((line) => line.split(' ')[0]).filter((name) => name?.startsWith('Process')), ['ProcessBaseImage', 'ProcessUtilityImage']);
  },
  'an upper layer adds, replaces, takes away and links, across layers too': async () => {
    const { snapshotter, apply, base } = await setUp();
    await base();
    await apply('upper', chain('a'), chain('b'), folder('Files'), folder('Files/app'), file('Files/app/new.txt', 'new'), tarEntry({ path: 'Files/app/twin.txt', type: 'hardlink', linkname: 'Files/app/new.txt' }), tarEntry({ path: 'Files/app/far.txt', type: 'hardlink', linkname: 'Files/linked.txt' }), tarEntry({ path: 'Files/.wh.gone.txt', type: 'file' }));
    await snapshotter.prepare('run', chain('b'));
    const [top = '', bottom = ''] = snapshotter.stack('run').parents;
    assert.equal(read(top, 'Files/app/new.txt'), 'new');
    assert.equal(read(top, 'Files/app/twin.txt'), 'new');
    assert.equal(statSync(join(top, 'Files/app/twin.txt')).nlink, 2);
    assert.equal(read(top, 'Files/app/far.txt'), 'shared');
    assert.ok(existsSync(join(bottom, 'Files/gone.txt')));
    assert.deepEqual(readdirSync(join(top, 'Files')), ['app']);
  },
  'a layer that changes the utility VM gets a copy of its own, by links': async () => {
    const { snapshotter, apply, base } = await setUp();
    await base();
    await apply('upper', chain('a'), chain('b'), folder('UtilityVM'), folder('UtilityVM/Files'), file('UtilityVM/Files/added', 'added'), tarEntry({ path: 'UtilityVM/Files/.wh.kernel', type: 'file' }));
    await snapshotter.prepare('run', chain('b'));
    const [top = '', bottom = ''] = snapshotter.stack('run').parents;
    assert.equal(read(top, 'UtilityVM/Files/added'), 'added');
    assert.equal(existsSync(join(top, 'UtilityVM/Files/kernel')), false);
    assert.equal(read(bottom, 'UtilityVM/Files/kernel'), 'kernel');
    assert.ok(existsSync(join(top, 'UtilityVM', 'SystemTemplate.vhdx')));
  },
  'paths that would leave the layer, or that Windows would take for others, are refused': async () => {
    for (const path of ['Files/../../evil', 'Elsewhere/x', 'Files/a:b:c', 'Files/con', 'Files/trailing.', 'Files/NUL.txt', 'Files/back\\slash', 'Files/x/y']) {
      const { snapshotter, differ } = await setUp();
      await snapshotter.prepare('base', undefined);
      await refused(differ.apply(layer(folder('Files'), file(path, 'x')), 'none', 'base'), 'invalid-content', /the layer has/);
      await snapshotter.remove('base');
    }
  },
  'nothing is written through a link': async () => {
    const { snapshotter, differ, base } = await setUp();
    await base();
    await snapshotter.prepare('upper', chain('a'));
    const link = tarEntry({ path: 'Files/link', type: 'symlink', linkname: 'C:/Windows', windows: new Map([['MSWINDOWS.fileattr', '1040']]) });
    await refused(differ.apply(layer(folder('Files'), link, file('Files/link/x', 'x')), 'none', 'upper'), 'invalid-content', /link/);
  },
  'a damaged archive and a wrong record are refused, and leave nothing to stand on': async () => {
    const { snapshotter, differ } = await setUp();
    await snapshotter.prepare('base', undefined);
    await refused(differ.apply((async function* () { yield Buffer.alloc(512, 7); })(), 'none', 'base'), 'invalid-content', /damaged|checksum|malformed|number/);
    await snapshotter.remove('base');
    await snapshotter.prepare('base', undefined);
    const wrong = file('Files/x', 'x', { windows: new Map([['MSWINDOWS.rawsd', '%%%']]) });
    await refused(differ.apply(layer(folder('Files'), wrong), 'none', 'base'), 'invalid-content', /base64/);
  },
  'what a program changed becomes a layer, which says the same when it is applied': async () => {
    const { snapshotter, differ, base } = await setUp();
    await base();
    const runtime = openRuntime();
    const rootfs = await snapshotter.prepare('step', chain('a'));
    const container = await spec('process')({ args: ['cmd', '/S', '/C', 'echo hello>C:\\Windows\\made.txt'] }, { rootfs });
    const process_ = await runtime.run(container, { stdio: 'none' });
    assert.equal((await process_.wait()).code, 0);
    rmSync(join(snapshotter.stack('step').folder, 'Files/gone.txt'));
    const chunks: Buffer[] = [];
    const summary = await differ.diff('step', (data) => chunks.push(Buffer.from(data)), { clampTime: new Date(0) });
    const seen: string[] = [];
    const reader = new TarReader({ entry: (entry) => seen.push(`${entry.path} ${entry.type} ${entry.mtime} ${entry.windows?.get('MSWINDOWS.fileattr') ?? ''}`), data() {}, hole() {}, endEntry() {} });
    for (const chunk of chunks) reader.write(chunk);
    reader.end();
    assert.deepEqual(seen.map((line) => line.split(' ')[0]), ['Files', 'Files/.wh.gone.txt', 'Files/Windows', 'Files/Windows/made.txt', 'Hives', 'Hives/System_Delta']);
    assert.ok(seen.includes('Files/Windows/made.txt file 0 32'), seen.join('\n'));
    assert.equal(summary.entries, 3);
    assert.deepEqual((await differ.changes('step')).map(({ kind, path }) => `${kind} ${path}`).sort(), ['added Windows/made.txt', 'changed Windows', 'deleted gone.txt']);

    await snapshotter.commit('step', chain('c'));
    await snapshotter.prepare('again', chain('a'));
    const applied = await differ.apply((async function* () { yield* chunks; })(), 'none', 'again');
    assert.equal(applied.diffId, summary.diffId);
    await snapshotter.commit('again', chain('d'));
    for (const name of [chain('c'), chain('d')]) {
      await snapshotter.prepare(`on ${name}`, name);
      const [top = ''] = snapshotter.stack(`on ${name}`).parents;
      assert.equal(read(top, 'Files/Windows/made.txt'), 'hello\n');
      assert.equal(existsSync(join(top, 'Files/gone.txt')), false);
    }
  },
  'snapshots are prepared, viewed, committed and removed in order': async () => {
    const { snapshotter, base } = await setUp();
    await base();
    await snapshotter.prepare('key', chain('a'));
    await refused(snapshotter.prepare('key', chain('a')), 'already-exists', /already/);
    await refused(snapshotter.prepare('other', chain('f')), 'not-found', /no snapshot/);
    await refused(snapshotter.remove(chain('a')), 'in-use', /parent/);
    await snapshotter.view('look', chain('a'));
    await refused(snapshotter.commit('look', chain('e')), 'invalid-argument', /view/);
    assert.equal((await snapshotter.stat('look'))?.kind, 'view');
    assert.ok((await snapshotter.usage(chain('a'))).bytes > 10);
    for (const key of ['key', 'look']) await snapshotter.remove(key);
    await snapshotter.remove(chain('a'));
    const left = [];
    for await (const { name } of snapshotter.list()) left.push(name);
    assert.deepEqual(left, []);
    assert.deepEqual(readdirSync(join(snapshotter.root, 'layers')), []);
  },
  'an equal layer committed twice keeps the first': async () => {
    const { snapshotter, apply, base } = await setUp();
    await base();
    await apply('one', chain('a'), chain('b'), folder('Files'), file('Files/x', 'x'));
    await apply('two', chain('a'), chain('b'), folder('Files'), file('Files/x', 'x'));
    assert.equal(await snapshotter.stat('two'), undefined);
    assert.equal(readdirSync(join(snapshotter.root, 'layers')).length, 2);
  },
  'a mounted snapshot is written to, and unmounted whatever happens': async () => {
    const { snapshotter, base } = await setUp();
    await base();
    const mounts = await snapshotter.prepare('key', chain('a'));
    calls();
    await assert.rejects(mounted(mounts, (path) => Promise.reject(new Error(path)), libraries), /Volume\{/);
    assert.deepEqual(calls().map((line) => line.split(' ')[0]).filter((name) => name !== 'GetLayerMountPath'), ['CreateSandboxLayer', 'ActivateLayer', 'PrepareLayer', 'UnprepareLayer', 'DeactivateLayer']);
  },
  'each call on layers may fail, and is undone': async () => {
    const { snapshotter, differ, base } = await setUp();
    await base();
    const mounts = await snapshotter.prepare('key', chain('a'));
    for (const name of ['CreateSandboxLayer', 'ActivateLayer', 'PrepareLayer', 'GetLayerMountPath', 'NameToGuid']) {
      faults([name, 0x80070005]);
      await assert.rejects(mounted(mounts, () => {}, libraries), (error) => isCaissonError(error, 'denied') && error.message.includes('0x80070005'));
      noFaults();
      // Nothing is left mounted: it goes well now.
      await mounted(mounts, () => {}, libraries);
    }
    await snapshotter.prepare('upper', chain('a'));
    for (const name of ['ImportLayer', 'ProcessUtilityImage']) {
      faults([name, 0x80070070]);
      await refused(differ.apply(layer(folder('Files'), folder('UtilityVM'), folder('UtilityVM/Files')), 'none', 'upper'), 'no-space', /0x80070070/);
      noFaults();
      await snapshotter.remove('upper');
      await snapshotter.prepare('upper', chain('a'));
    }
    faults(['ExportLayer', 0x80070020]);
    await refused(differ.diff('key', () => {}), 'runtime-failed', /0x80070020/);
    noFaults();
    assert.deepEqual(readdirSync(join(snapshotter.root, 'work')), []);
  },
  'folders that no record names are swept': async () => {
    const { snapshotter, base } = await setUp();
    await base();
    mkdirSync(join(snapshotter.root, 'layers', 'orphan', 'Files'), { recursive: true });
    writeFileSync(join(snapshotter.root, 'layers', 'orphan', 'Files', 'x'), '');
    linkSync(join(snapshotter.root, 'layers', 'orphan', 'Files', 'x'), join(snapshotter.root, 'layers', 'orphan', 'Files', 'y'));
    await snapshotter.sweep();
    assert.equal(readdirSync(join(snapshotter.root, 'layers')).length, 1);
  },
};

export function layerCases(): readonly Case[] {
  return Object.entries(cases).map(([name, run]) => ({ name, run }));
}

export const layerCaseNames: readonly string[] = Object.keys(cases);
