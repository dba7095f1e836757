import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyLayer, changes, directoryView, LayerTree, lowerDirectories } from '../../../src/layers/index.js';
import { random, tar, temporary } from '../helpers.js';
import { syscalls } from '../syscalls.js';
import { randomLayer } from './random-layers.js';

const isRoot = process.geteuid?.() === 0;

/**
 * Three ways to the root file system of a stack of layers: their indexes merged, all unpacked into one folder, and each unpacked by
 * itself and mounted by the kernel. They must agree on every file and all that is said of it.
 */
describe.skipIf(!isRoot)('a stack of random layers (needs root for owners, devices and mounts)', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))('is one file system however it is put together, seed %i', async (seed) => {
    const next = random(seed);
    const work = temporary();
    const merged = join(work, 'merged');
    mkdirSync(merged);
    let tree = LayerTree.empty;
    const lower: string[] = [];
    for (let i = 0; i < 4; i++) {
      const archive = tar(randomLayer(next, tree));
      const upper = join(work, `${i}`);
      mkdirSync(upper);
      const { index } = await applyLayer([archive], 'none', upper, { mode: 'overlay', syscalls, lower: lowerDirectories(lower, syscalls) });
      await applyLayer([archive], 'none', merged, { mode: 'merge', syscalls });
      tree = tree.with(index);
      lower.unshift(upper);
    }
    expect([...compare(tree, directoryView(merged, syscalls))]).toEqual([]);
    const mounted = join(work, 'mounted');
    mkdirSync(mounted);
    const mount = spawnSync('mount', ['-t', 'overlay', '-o', `lowerdir=${lower.join(':')},redirect_dir=off`, 'overlay', mounted], { encoding: 'utf8' });
    expect(mount.stderr).toBe('');
    try {
      expect([...compare(tree, directoryView(mounted, syscalls))]).toEqual([]);
    } finally {
      spawnSync('umount', [mounted]);
    }
  });
});

/** What differs; times of folders too, where a layer says what they are. */
function* compare(tree: LayerTree, view: ReturnType<typeof directoryView>): Generator<string> {
  for (const { path, kind } of changes(tree, view)) {
    const expected = tree.lookup(path, { followSymlinks: false });
    const found = view.children(path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '').find((entry) => entry.path === path);
    yield `${kind} ${JSON.stringify(path)} ${JSON.stringify(expected)} ${JSON.stringify(found)}`;
  }
  for (const entry of tree.walk()) {
    if (entry.type !== 'directory' || entry.layer < 0) continue;
    const parent = entry.path.includes('/') ? entry.path.slice(0, entry.path.lastIndexOf('/')) : '';
    const found = view.children(parent).find(({ path }) => path === entry.path);
    if (found?.mtime !== entry.mtime || found.mtimeNs !== entry.mtimeNs) yield `time of ${entry.path}: ${entry.mtime}.${entry.mtimeNs} ${found?.mtime}.${found?.mtimeNs}`;
  }
}
