import { chmodSync, chownSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LayerWriter, tarEntry, type Digest } from '@caisson/core';
import { afterAll, describe, expect, it } from 'vitest';
import { LinuxDiffer, mounted, OverlaySnapshotter } from '../../src/index.js';
import { freshFolder, isRoot } from '../support/folders.js';

const base = freshFolder('differ');
afterAll(() => rmSync(base, { recursive: true, force: true }));
const one = `sha256:${'1'.repeat(64)}` as Digest;

async function withLower() {
  const snapshotter = new OverlaySnapshotter(join(base, Math.random().toString(36).slice(2)));
  await mounted(await snapshotter.prepare('a', undefined), join(base, 'mounts'), (path) => {
    mkdirSync(join(path, 'home'));
    chownSync(join(path, 'home'), 1234, 5678);
    chmodSync(join(path, 'home'), 0o700);
    writeFileSync(join(path, 'file'), 'x');
  });
  await snapshotter.commit('a', one);
  return { snapshotter, differ: new LinuxDiffer(snapshotter) };
}

describe.skipIf(!isRoot)('LinuxDiffer (needs root to mount)', () => {
  it('gives folders that a layer passes through what they have below', async () => {
    const { snapshotter, differ } = await withLower();
    await snapshotter.prepare('b', one);
    const parts: Buffer[] = [];
    const writer = new LayerWriter((chunk) => parts.push(Buffer.from(chunk)));
    writer.add(tarEntry({ path: 'home/new', type: 'file' }));
    writer.finish();
    await differ.apply((async function* () { yield* parts; })(), 'none', 'b');
    const { mode, uid, gid } = statSync(join(snapshotter.layers('b').upper, 'home'));
    expect([mode & 0o7777, uid, gid]).toEqual([0o700, 1234, 5678]);
  });

  it('tells what changed, and leaves out of a layer what it is told to', async () => {
    const { snapshotter, differ } = await withLower();
    await mounted(await snapshotter.prepare('b', one), join(base, 'mounts'), (path) => {
      writeFileSync(join(path, 'home', 'new'), '');
      writeFileSync(join(path, 'more'), '');
      rmSync(join(path, 'file'));
    });
    expect(await differ.changes('b')).toEqual([
      { path: 'file', kind: 'deleted' },
      { path: 'home', kind: 'changed' },
      { path: 'home/new', kind: 'added' },
      { path: 'more', kind: 'added' },
    ]);
    expect((await differ.diff('b', () => {}, { exclude: (path) => path === 'home' })).entries).toBe(2);
  });
});
