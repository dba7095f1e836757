import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, closeSync, ftruncateSync, linkSync, lstatSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { applyLayer, changes, diffDirectory, type DiffOptions, directoryView, fsPath, type LayerIndex, lowerDirectories, overlayChanges, sha256 } from '../../../src/index.js';
import { random, read, temporary } from '../helpers.js';
import { syscalls } from '../syscalls.js';

const isRoot = process.geteuid?.() === 0;

function diff(folder: string, options: DiffOptions = { syscalls }): { archive: Buffer; index: LayerIndex } {
  const parts: Buffer[] = [];
  const index = diffDirectory(folder, (chunk) => parts.push(Buffer.from(chunk)), options);
  const archive = Buffer.concat(parts);
  expect(index).toMatchObject({ diffId: sha256(archive), size: archive.length });
  return { archive, index };
}

const names = ['a', 'a-b', 'B', 'zz', '\xc3\xbc', '\xff\xfe', 'new\nline', ' ', 'n'.repeat(200), '-rf', '*', '.hidden'];

/** Fills a folder with all that a layer can hold. */
function fill(root: string, next: () => number): void {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
  const folders = [root];
  const files: string[] = [];
  const times: (readonly [string, number, number])[] = [];
  for (let i = 0; i < 40; i++) {
    const folder = pick(folders);
    const raw = `${folder}/${pick(names)}`;
    const path = fsPath(raw);
    if (raw.length > 1500 || lstatSync(path, { throwIfNoEntry: false })) continue;
    const kind = next();
    let mode = pick([0o644, 0o4755, 0o2711, 0o1644, 0o7777, 0]);
    if (kind < 0.25) {
      mkdirSync(path);
      folders.push(raw);
      mode = pick([0o755, 0o1777, 0o2775, 0o500]);
    } else if (kind < 0.55) writeFileSync(path, Buffer.alloc(Math.floor(next() * 3000), raw));
    else if (kind < 0.6) {
      const fd = openSync(path, 'w');
      writeSync(fd, 'end', 100_000);
      ftruncateSync(fd, 300_000);
      closeSync(fd);
    } else if (kind < 0.72) symlinkSync(fsPath(pick(['a', '/etc/passwd', '../../..', '\xff', 'l'.repeat(300)])), path);
    else if (kind < 0.82 && files.length > 0) {
      linkSync(fsPath(pick(files)), path);
      continue;
    } else if (kind < 0.88) syscalls.mknod(path, 0o10644, 0, 0);
    else if (kind < 0.92) syscalls.mknod(path, 0o20644, 250, 70_000);
    else syscalls.mknod(path, 0o60644, 7, i);
    const stat = lstatSync(path);
    if (!stat.isDirectory()) files.push(raw);
    if (!stat.isSymbolicLink()) {
      chownSync(path, pick([0, 1000, 3_000_000, 4_294_967_294]), pick([0, 5, 2_100_000]));
      chmodSync(path, mode);
    }
    if (stat.isFile() && next() < 0.4) {
      syscalls.lsetxattr(path, 'user.empty', Buffer.alloc(0));
      syscalls.lsetxattr(path, 'user.bytes=%', Buffer.from([0, 10, 61, 255]));
      syscalls.lsetxattr(path, 'security.capability', Buffer.from('0100000200040000000000000000000000000000', 'hex'));
    }
    times.push([raw, pick([-5, 0, 1_700_000_000, 5_000_000_000]), pick([0, 1, 999_999_999])]);
  }
  for (const [raw, seconds, ns] of times.reverse()) syscalls.utimens(fsPath(raw), seconds, ns);
}

describe.skipIf(!isRoot)('apply(diff(x)) (needs root for owners and devices)', () => {
  it.each(Array.from({ length: 40 }, (_, seed) => seed))('is x, seed %i', async (seed) => {
    const work = temporary();
    const from = join(work, 'x');
    mkdirSync(from);
    fill(from, random(seed));
    const { archive, index } = diff(from);
    for (const mode of ['overlay', 'merge'] as const) {
      const to = join(work, mode);
      mkdirSync(to);
      const applied = await applyLayer([archive], 'auto', to, { mode, syscalls });
      expect([...applied.index]).toEqual([...index]);
      expect([...changes(directoryView(from, syscalls), directoryView(to, syscalls))]).toEqual([]);
      // Contents, hard links and the times of folders are in it too.
      expect(diff(to).index.diffId).toBe(index.diffId);
    }
  });
});

describe.skipIf(!isRoot)('diffDirectory of what overlayfs wrote (needs root for mounts)', () => {
  it('says what was added, changed, hidden and replaced', async () => {
    const work = temporary();
    const path = (...parts: string[]): string => join(work, ...parts);
    for (const name of ['lower', 'upper', 'work', 'mounted', 'lower/d', 'lower/gone', 'lower/again']) mkdirSync(path(name));
    writeFileSync(path('lower/d/f'), 'f');
    writeFileSync(path('lower/again/old'), 'old');
    writeFileSync(path('lower/linked'), 'linked');
    const options = `lowerdir=${path('lower')},upperdir=${path('upper')},workdir=${path('work')},redirect_dir=off,metacopy=off`;
    expect(spawnSync('mount', ['-t', 'overlay', '-o', options, 'overlay', path('mounted')], { encoding: 'utf8' }).stderr).toBe('');
    let expected: string[];
    try {
      rmSync(path('mounted/gone'), { recursive: true });
      rmSync(path('mounted/again'), { recursive: true });
      mkdirSync(path('mounted/again'));
      writeFileSync(path('mounted/again/new'), 'new');
      rmSync(path('mounted/d/f'));
      writeFileSync(path('mounted/d/g'), 'g');
      linkSync(path('mounted/linked'), path('mounted/d/h'));
      expected = [...changes(directoryView(path('mounted')), directoryView(path('mounted')))].map((change) => change.path);
      expect(expected).toEqual([]);
      expected = [...changes(directoryView(path('lower')), directoryView(path('mounted')))].map((change) => `${change.kind} ${change.path}`);
    } finally {
      spawnSync('umount', [path('mounted')]);
    }
    const { archive, index } = diff(path('upper'));
    expect([...index].map(({ type, path }) => `${type} ${path}`)).toEqual([
      'directory again',
      'opaque again',
      'file again/new',
      'directory d',
      'whiteout d/f',
      'file d/g',
      'file d/h',
      'whiteout gone',
      'hardlink linked',
    ]);
    expect([...overlayChanges(path('upper'), lowerDirectories([path('lower')], syscalls))].map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      'changed again',
      'added again/new',
      'changed d',
      'deleted d/f',
      'added d/g',
      'added d/h',
      'deleted gone',
      'changed linked',
    ]);
    // The same on a plain copy of the lower folder.
    spawnSync('cp', ['-a', path('lower'), path('copy')]);
    await applyLayer([archive], 'none', path('copy'), { mode: 'merge', syscalls });
    expect([...changes(directoryView(path('lower')), directoryView(path('copy')))].map((change) => `${change.kind} ${change.path}`)).toEqual(expected);
    // And in overlay form it is the upper folder again.
    mkdirSync(path('upper2'));
    await applyLayer([archive], 'none', path('upper2'), { mode: 'overlay', syscalls });
    expect(diff(path('upper2')).index.diffId).toBe(index.diffId);
  });

  it('refuses what only overlayfs understands', () => {
    const folder = temporary();
    mkdirSync(join(folder, 'moved'));
    syscalls.lsetxattr(join(folder, 'moved'), 'trusted.overlay.redirect', Buffer.from('/from'));
    expect(() => diff(folder)).toThrow(expect.objectContaining({ code: 'unsupported' }));
    rmSync(join(folder, 'moved'), { recursive: true });
    writeFileSync(join(folder, 'copied'), 'x');
    syscalls.lsetxattr(join(folder, 'copied'), 'trusted.overlay.metacopy', Buffer.alloc(0));
    expect(() => diff(folder)).toThrow(expect.objectContaining({ code: 'unsupported' }));
  });
});

describe('diffDirectory', () => {
  it('gives equal bytes for equal trees, with times clamped', () => {
    const make = (): string => {
      const folder = temporary();
      for (const name of ['b', 'a', 'c']) writeFileSync(join(folder, name), name);
      mkdirSync(join(folder, 'd'));
      return folder;
    };
    const options: DiffOptions = { clampTime: new Date(1_600_000_000_000) };
    const one = diff(make(), options);
    expect(diff(make(), options).index.diffId).toBe(one.index.diffId);
    expect(read(one.archive).map(({ entry }) => [entry.path, entry.mtime])).toEqual(['a', 'b', 'c', 'd'].map((name) => [name, 1_600_000_000]));
  });

  it('leaves out sockets and names that mean whiteouts, and says so', async () => {
    const folder = temporary();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve));
    writeFileSync(join(folder, '.wh.x'), '');
    writeFileSync(join(folder, 'f'), '');
    const skipped: string[] = [];
    const { index } = diff(folder, { onSkipped: (path, why) => skipped.push(`${path}: ${why}`) });
    await new Promise((resolve) => server.close(resolve));
    expect([...index].map(({ path }) => path)).toEqual(['f']);
    expect(skipped).toEqual(['.wh.x: layers keep names that begin with .wh. for their own use', 's: it is a socket']);
  });

  it('notes digests of contents, small and large', () => {
    const folder = temporary();
    const large = Buffer.alloc(3_000_000, 'large');
    writeFileSync(join(folder, 'a'), 'small');
    writeFileSync(join(folder, 'b'), large);
    writeFileSync(join(folder, 'c'), '');
    symlinkSync('a', join(folder, 'd'));
    const { index } = diff(folder, { contentDigests: true });
    expect([...index].map(({ digest }) => digest)).toEqual([sha256('small'), sha256(large), sha256(''), undefined]);
  });

  it('is told of a folder that is not there', () => {
    expect(() => diff(join(temporary(), 'none'))).toThrow(expect.objectContaining({ code: 'not-found' }));
  });

  it('does not follow a link that takes a folder’s place', () => {
    const folder = temporary();
    mkdirSync(join(folder, 'd'));
    writeFileSync(join(folder, 'd', 'in'), 'in');
    const outside = temporary();
    writeFileSync(join(outside, 'secret'), 'secret');
    let isSwapped = false;
    const { archive } = diff(folder, {
      syscalls: {
        ...syscalls,
        // Between the look at the folder and what is in it.
        llistxattr(path) {
          if (!isSwapped && statSync(path).isDirectory()) {
            isSwapped = true;
            renameSync(join(folder, 'd'), join(folder, 'moved'));
            symlinkSync(outside, join(folder, 'd'));
          }
          return [];
        },
      },
    });
    expect(isSwapped).toBe(true);
    expect(read(archive).map(({ entry }) => entry.path)).toEqual(['d', 'd/in']);
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('secret');
  });
});
