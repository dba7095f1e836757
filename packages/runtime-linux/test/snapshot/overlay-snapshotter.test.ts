import { lstatSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { snapshotterSuite } from '@caisson/core/testing';
import type { Digest } from '@caisson/core';
import { afterAll, describe, expect, it } from 'vitest';
import { mounted, OverlaySnapshotter } from '../../src/index.js';
import { freshFolder, isRoot } from '../support/folders.js';

const base = freshFolder('snapshots');
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;
const open = async () => new OverlaySnapshotter(join(base, `root-${count++}`));
const mountedIn = <T>(mounts: Parameters<typeof mounted>[0], use: (path: string) => T | Promise<T>) => mounted(mounts, join(base, 'mounts'), use);
const one = `sha256:${'1'.repeat(64)}` as Digest;

describe.skipIf(!isRoot)('OverlaySnapshotter (needs root to mount)', () => {
  for (const test of snapshotterSuite({ open, mounted: mountedIn })) it(test.name, () => test.run());

  it('keeps a deletion as a whiteout in the committed layer', async () => {
    const root = join(base, 'whiteout');
    const snapshotter = new OverlaySnapshotter(root);
    await mountedIn(await snapshotter.prepare('a', undefined), (path) => writeFileSync(join(path, 'file'), ''));
    await snapshotter.commit('a', one);
    await mountedIn(await snapshotter.prepare('b', one), (path) => rmSync(join(path, 'file')));
    expect(lstatSync(join(snapshotter.layers('b').upper, 'file')).isCharacterDevice()).toBe(true);
  });

  it('leaves nothing in the trash of a small snapshot, and deletes a large one in the background', async () => {
    const root = join(base, 'trash');
    const snapshotter = new OverlaySnapshotter(root);
    await snapshotter.prepare('small', undefined);
    await snapshotter.remove('small');
    expect(readdirSync(join(root, 'trash'))).toEqual([]);
    await snapshotter.prepare('large', undefined);
    const { upper } = snapshotter.layers('large');
    mkdirSync(join(upper, 'many'));
    for (let index = 0; index < 1000; index++) writeFileSync(join(upper, 'many', String(index)), '');
    await snapshotter.remove('large');
    expect(statSync(upper, { throwIfNoEntry: false })).toBeUndefined();
    await expect.poll(() => readdirSync(join(root, 'trash')), { timeout: 60_000 }).toEqual([]);
  });

  it('refuses a root that mount options cannot express', () => {
    expect(() => new OverlaySnapshotter('/a,b')).toThrow('comma');
    expect(() => new OverlaySnapshotter('/a:b')).toThrow('colon');
  });
});
