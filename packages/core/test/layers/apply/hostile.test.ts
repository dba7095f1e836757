import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { applyLayer, type ApplyLayerOptions, lowerDirectories } from '../../../src/layers/index.js';
import { type Item, tar, temporary } from '../helpers.js';
import { syscalls } from '../syscalls.js';

/*
 * Each layer is unpacked beside a folder that it tries to reach. Whether it is refused or made harmless differs; that what lies outside
 * stays as it was, and that nothing inside leads the unpacking there, does not.
 */

// Only root may set those of the other kind.
const overlayXattrs = process.geteuid?.() === 0 ? 'trusted' : 'user';

const link = (path: string, linkname: string): Item => ({ path, type: 'symlink', linkname });
const hard = (path: string, linkname: string): Item => ({ path, type: 'hardlink', linkname });
const folder = (path: string, more: Partial<Item> = {}): Item => ({ path, type: 'directory', ...more });
const evil = (path: string): Item => ({ path, content: 'evil' });

/** `out` in a path becomes the folder outside, absolute; `up` the way to it from the root, by `..`. */
const hostile: readonly (readonly [name: string, items: (out: string) => readonly Item[], outcome: 'refused' | 'harmless'])[] = [
  ['a name with ..', () => [evil('../outside/secret')], 'refused'],
  ['.. deep in a name', () => [folder('a'), evil('a/b/../../../outside/secret')], 'refused'],
  ['.. at the end of a name', () => [folder('a/..')], 'refused'],
  ['an absolute name', (out) => [evil(`${out}/secret`)], 'harmless'],
  ['a link out, then a file through it', (out) => [link('a', out), evil('a/secret')], 'harmless'],
  ['a relative link out, then a file through it', () => [link('a', '../outside'), evil('a/secret')], 'harmless'],
  ['a link to the root of the host', (out) => [link('a', '/'), evil(`a${out}/secret`)], 'harmless'],
  ['links in a chain', (out) => [link('a', 'b/c'), folder('b'), link('b/c', '../d'), link('d', out), evil('a/secret')], 'harmless'],
  ['a link deep down', (out) => [folder('a/b/c'), link('a/b/c/d', out), evil('a/b/c/d/secret')], 'harmless'],
  ['a folder replaced by a link', (out) => [folder('a'), evil('a/x'), link('a', out), evil('a/secret')], 'harmless'],
  ['a link replaced by a link', (out) => [link('a', '.'), evil('a/x'), link('a', out), evil('a/secret')], 'harmless'],
  ['a file over a link to a file', (out) => [link('a', `${out}/secret`), evil('a')], 'harmless'],
  ['a folder over a link', (out) => [link('a', out), folder('a', { mode: 0o777 }), evil('a/secret')], 'harmless'],
  ['a mode and owner through a link', (out) => [link('a', `${out}/secret`), { path: 'b', type: 'hardlink', linkname: 'a', mode: 0o777, uid: 7 }], 'harmless'],
  ['a link for the root', (out) => [link('./', out), evil('secret')], 'refused'],
  ['a hard link out by ..', () => [hard('a', '../outside/secret'), evil('a')], 'refused'],
  ['a hard link to an absolute name', (out) => [hard('a', `${out}/secret`), evil('a')], 'refused'],
  ['a hard link through a link', (out) => [link('l', out), hard('a', 'l/secret'), evil('a')], 'refused'],
  ['a hard link to a link, then writing', (out) => [link('l', `${out}/secret`), hard('a', 'l'), evil('a')], 'harmless'],
  ['a hard link to a folder', () => [folder('d'), hard('a', 'd')], 'refused'],
  ['a hard link to nothing', () => [hard('a', 'nothing')], 'refused'],
  ['a hard link to itself', () => [hard('a', 'a')], 'refused'],
  ['a whiteout of ..', () => [evil('a'), { path: '.wh...' }], 'refused'],
  ['a whiteout of .', () => [{ path: 'a/.wh..' }], 'refused'],
  ['a whiteout of nothing', () => [{ path: '.wh.' }], 'refused'],
  ['a whiteout with .. in its folder', () => [{ path: 'a/../../outside/.wh.secret' }], 'refused'],
  ['a whiteout through a link', (out) => [link('l', out), { path: 'l/.wh.secret' }], 'harmless'],
  ['an opaque mark through a link', (out) => [link('l', out), { path: 'l/.wh..wh..opq' }], 'harmless'],
  ['a whiteout of a link', (out) => [link('l', out), { path: '.wh.l' }], 'harmless'],
  ['links in a circle', () => [link('a', 'b'), link('b', 'a'), evil('a/x')], 'refused'],
  ['a link that grows without end', () => [link('a', 'a/a/a'), evil('a/x')], 'refused'],
  ['a file as a folder', () => [evil('a'), evil('a/b')], 'refused'],
  ['a FIFO as a folder', () => [{ path: 'a', type: 'fifo' }, evil('a/b')], 'refused'],
  ['one name twice, folder and file', () => [folder('a'), evil('a/b'), evil('a'), folder('a'), evil('a/c')], 'harmless'],
  ['one name many times', () => [evil('a'), link('a', 'b'), folder('a'), { path: 'a', type: 'fifo' }, evil('a')], 'harmless'],
  ['a name with NUL', () => [{ path: `${'n/'.repeat(150)}\0/outside/secret` }], 'refused'],
  ['a part of a name that is too long', () => [{ path: 'n'.repeat(256) }], 'refused'],
  ['an owner beyond 32 bits', () => [{ path: 'a', uid: 2 ** 40 }], 'refused'],
  ['the owner that means none', () => [{ path: 'a', uid: 0xffffffff }], 'refused'],
  ['records of overlayfs', () => [{ ...folder('a'), xattrs: new Map([['trusted.overlay.redirect', Buffer.from('/b')]]) }], 'harmless'],
  ['the device that means a whiteout', () => [{ path: 'a', type: 'char' }], 'harmless'],
  ['a setuid file over a link', (out) => [link('a', `${out}/secret`), { path: 'a', mode: 0o6755, content: 'x' }], 'harmless'],
];

describe.each(['overlay', 'merge'] as const)('a hostile layer, unpacked in the mode %s,', (mode) => {
  let work: string;
  let outside: string;
  let target: string;

  beforeEach(() => {
    work = temporary();
    outside = join(work, 'outside');
    target = join(work, 'target');
    mkdirSync(outside);
    mkdirSync(target);
    writeFileSync(join(outside, 'secret'), 'secret', { mode: 0o600 });
  });

  const snapshot = (): unknown => ({
    names: readdirSync(outside),
    content: readFileSync(join(outside, 'secret'), 'utf8'),
    file: plain(join(outside, 'secret')),
    folder: plain(outside),
    work: readdirSync(work),
  });

  const apply = (items: readonly Item[], options: Partial<ApplyLayerOptions> = {}) => applyLayer([tar(items)], 'none', target, { mode, syscalls, overlayXattrs, ...options });

  it.each(hostile)('does no harm: %s', async (_name, items, outcome) => {
    const before = snapshot();
    const result = await apply(items(outside)).then(() => 'harmless', (error: unknown) => error);
    if (outcome === 'harmless') expect(result).toBe('harmless');
    else expect(result).toMatchObject({ name: 'CaissonError', code: expect.stringMatching(/^(?:invalid-content|limit-exceeded)$/), message: expect.not.stringContaining('\n') });
    expect(snapshot()).toEqual(before);
  });

  it('does no harm in the order in which it is read backwards', async () => {
    for (const [, items] of hostile) {
      const before = snapshot();
      await apply([...items(outside)].reverse()).catch(() => {});
      expect(snapshot()).toEqual(before);
    }
  });

  it('does no harm on top of what another hostile layer left', async () => {
    const before = snapshot();
    symlinkSync(outside, join(target, 'l'));
    symlinkSync('../outside', join(target, 'r'));
    for (const items of [[evil('l/secret')], [{ path: 'r/.wh.secret' }], [{ path: 'l/.wh..wh..opq' }], [folder('l', { mode: 0o777 })], [hard('h', 'r/secret')]]) {
      await apply(items).catch(() => {});
      expect(snapshot()).toEqual(before);
    }
  });

  it('does no harm as an archive for a root file system with links', async () => {
    if (mode === 'overlay') return;
    symlinkSync(outside, join(target, 'l'));
    mkdirSync(join(target, 'real'));
    symlinkSync('/real', join(target, 'inner'));
    const before = snapshot();
    await apply([evil('l/secret'), { path: 'inner/x', content: 'x' }], { follow: 'target' });
    expect(snapshot()).toEqual(before);
    expect(readFileSync(join(target, 'real', 'x'), 'utf8')).toBe('x');
    expect(readFileSync(join(target, outside, 'secret'), 'utf8')).toBe('evil');
  });

  it('gets no devices made when they are not allowed', async () => {
    const skipped: string[] = [];
    await apply([{ path: 'disk', type: 'block', devmajor: 8 }, { path: 'a', content: 'x' }], { devices: false, onSkipped: (path, why) => skipped.push(`${path}: ${why}`) });
    expect(readdirSync(target)).toEqual(['a']);
    expect(skipped).toEqual(['disk: device nodes may not be made here']);
  });

  it('is refused when its digest is not the promised one', async () => {
    await expect(apply([evil('a')], { diffId: `sha256:${'0'.repeat(64)}` })).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  it('keeps to the limits while it is unpacked', async () => {
    await expect(apply([{ path: 'big', content: Buffer.alloc(10_000) }], { limits: { maxBytes: 5000 } })).rejects.toMatchObject({ code: 'limit-exceeded' });
    await expect(apply([evil('a'), evil('b')], { limits: { maxEntries: 1 } })).rejects.toMatchObject({ code: 'limit-exceeded' });
  });

  it('leaves no descriptors open', async () => {
    const open = (): number => readdirSync('/proc/self/fd').length;
    const before = open();
    for (const [, items] of hostile) await apply(items(outside)).catch(() => {});
    expect(open()).toBe(before);
  });
});

describe('a hard link to a layer below', () => {
  it('is copied up from there, and from nowhere else', async () => {
    const work = temporary();
    for (const name of ['outside', 'lower', 'lower/bin', 'target']) mkdirSync(join(work, name));
    writeFileSync(join(work, 'outside', 'secret'), 'secret');
    writeFileSync(join(work, 'lower', 'bin', 'tool'), 'tool', { mode: 0o750 });
    symlinkSync(join(work, 'outside'), join(work, 'lower', 'l'));
    const options: ApplyLayerOptions = { mode: 'overlay', syscalls, lower: lowerDirectories([join(work, 'lower')], syscalls) };
    const target = join(work, 'target');
    await applyLayer([tar([hard('bin/tool2', 'bin/tool')])], 'none', target, options);
    expect(lstatSync(join(target, 'bin/tool')).ino).toBe(lstatSync(join(target, 'bin/tool2')).ino);
    expect(readFileSync(join(target, 'bin/tool2'), 'utf8')).toBe('tool');
    expect(lstatSync(join(target, 'bin/tool')).mode & 0o7777).toBe(0o750);
    await expect(applyLayer([tar([hard('x', 'l/secret')])], 'none', target, options)).rejects.toMatchObject({ code: 'invalid-content' });
    expect(readlinkSync(join(work, 'lower', 'l'))).toBe(join(work, 'outside'));
  });
});

function plain(path: string): unknown {
  const { mode, uid, gid, size, mtimeNs, nlink } = lstatSync(path, { bigint: true });
  return { mode, uid, gid, size, mtimeNs, nlink };
}
