import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Digest } from '@caisson/core';
import { afterAll, describe, expect, it } from 'vitest';
import { LinuxRootAccess, mounted, OverlaySnapshotter } from '../../src/index.js';
import { freshFolder, isRoot } from '../support/folders.js';

const base = freshFolder('open-root');
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;

describe.skipIf(!isRoot)('LinuxRootAccess (needs root to mount)', () => {
  const open = () => {
    const folder = join(base, String(count++));
    const snapshotter = new OverlaySnapshotter(join(folder, 'snapshots'));
    return { snapshotter, roots: new LinuxRootAccess(snapshotter, join(folder, 'mounts')), folder };
  };
  const leftMounts = () => readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(base));

  it('shows a snapshot on many layers, without a mount that stays', async () => {
    const { snapshotter, roots, folder } = open();
    let parent: Digest | undefined;
    for (let n = 0; n < 120; n++) {
      const chain = `sha256:${createHash('sha256').update(String(n)).digest('hex')}` as Digest;
      await snapshotter.prepare(`k${n}`, parent);
      writeFileSync(join(snapshotter.layers(`k${n}`).upper, `file-${n}`), String(n));
      await snapshotter.commit(`k${n}`, chain);
      parent = chain;
    }
    await snapshotter.prepare('top', parent);
    for (const access of ['read', 'write'] as const) {
      using root = await roots.ofSnapshot('top', { access });
      expect(leftMounts()).toEqual([]);
      expect(readdirSync(root.path).filter((name) => name.startsWith('file-'))).toHaveLength(120);
      if (access === 'read') expect(() => writeFileSync(`${root.path}/new`, '')).toThrow('EROFS');
      else writeFileSync(`${root.path}/new`, 'new');
    }
    expect(readFileSync(join(snapshotter.layers('top').upper, 'new'), 'utf8')).toBe('new');
    expect(readdirSync(join(folder, 'mounts'))).toEqual([]);
  });

  it('puts what is mounted over it in its place, made where it is missing, and never outside', async () => {
    const { snapshotter, roots, folder } = open();
    const source = join(folder, 'volume');
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, 'in'), 'volume');
    writeFileSync(join(folder, 'file'), 'file');
    await mounted(await snapshotter.prepare('a', undefined), join(folder, 'mounts'), (path) => {
      symlinkSync(folder, join(path, 'out'));
      symlinkSync('/real', join(path, 'inside'));
      mkdirSync(join(path, 'real'));
    });
    const over = [
      { source, destination: '/data/deep', readOnly: false },
      { source: join(folder, 'file'), destination: '/etc/file', readOnly: true },
      { source, destination: '/inside', readOnly: false },
      { source, destination: '/out/escaped', readOnly: false },
    ];
    using root = await roots.ofSnapshot('a', { access: 'write', over });
    expect(readFileSync(`${root.path}/data/deep/in`, 'utf8')).toBe('volume');
    expect(readFileSync(`${root.path}/etc/file`, 'utf8')).toBe('file');
    expect(() => writeFileSync(`${root.path}/etc/file`, '')).toThrow('EROFS');
    expect(readFileSync(`${root.path}/real/in`, 'utf8')).toBe('volume');
    writeFileSync(`${root.path}/data/deep/new`, 'new');
    expect(existsSync(join(source, 'new'))).toBe(true);
    // The link leads out of the root on the host; in the root it leads nowhere.
    expect(existsSync(join(folder, 'escaped'))).toBe(false);
    expect(leftMounts()).toEqual([]);
  });

  it('shows what a process sees', () => {
    const { roots } = open();
    using root = roots.ofProcess(process.pid);
    expect(readdirSync(root.path)).toContain('etc');
    expect(() => roots.ofProcess(4_194_303)).toThrow('ended just now');
  });
});
