import { describe, expect, it } from 'vitest';
import { layerChanges, LayerTree } from '../../../src/layers/index.js';
import { indexOf, type Item, tar } from '../helpers.js';

const layer = (...items: Item[]) => indexOf(tar(items));
const link = (path: string, linkname: string): Item => ({ path, type: 'symlink', linkname });
const folder = (path: string, more: Partial<Item> = {}): Item => ({ path, type: 'directory', ...more });

const base = layer(
  folder('usr', { mode: 0o700 }),
  folder('usr/bin'),
  { path: 'usr/bin/sh', content: 'shell', mode: 0o755 },
  link('bin', 'usr/bin'),
  link('abs', '/usr/bin/sh'),
  link('up', '../../../../usr'),
  link('loop', 'loop2'),
  link('loop2', 'loop'),
  link('dangling', 'not/there'),
  { path: 'etc/passwd', content: 'root:x:0:0' },
  { path: 'etc/group', content: 'root:x:0' },
);

describe('LayerTree', () => {
  const tree = LayerTree.of([base]);

  it('follows symbolic links inside the root', () => {
    expect(tree.lookup('bin/sh')?.path).toBe('usr/bin/sh');
    expect(tree.lookup('/abs')?.path).toBe('usr/bin/sh');
    expect(tree.lookup('up/bin/../bin/sh')?.path).toBe('usr/bin/sh');
    expect(tree.lookup('../../up/../../bin/sh')?.path).toBe('usr/bin/sh');
    expect(tree.lookup('abs', { followSymlinks: false })).toMatchObject({ type: 'symlink', path: 'abs' });
    expect(tree.lookup('loop')).toBeUndefined();
    expect(tree.lookup('dangling')).toBeUndefined();
    expect(tree.lookup('etc/passwd/x')).toBeUndefined();
    expect(tree.lookup('')).toMatchObject({ type: 'directory', path: '' });
  });

  it('resolves what does not exist yet', () => {
    expect(tree.resolve('/bin/new/thing')).toBe('usr/bin/new/thing');
    expect(tree.resolve('dangling/x')).toBe('not/there/x');
    expect(tree.resolve('new/../../../other')).toBe('other');
    expect(() => tree.resolve('loop/x')).toThrow('go in a circle');
    expect(() => tree.resolve('etc/passwd/x')).toThrow('etc/passwd is no folder');
  });

  it('lists and walks bytewise, folders before their contents', () => {
    expect(tree.names('')).toEqual(['abs', 'bin', 'dangling', 'etc', 'loop', 'loop2', 'up', 'usr']);
    expect([...tree.walk('bin')].map(({ path }) => path)).toEqual(['usr/bin/sh']);
    expect([...tree.walk()].map(({ path }) => path)).toEqual(['abs', 'bin', 'dangling', 'etc', 'etc/group', 'etc/passwd', 'loop', 'loop2', 'up', 'usr', 'usr/bin', 'usr/bin/sh']);
    expect([...tree.walk('', () => false)].map(({ path }) => path)).toEqual(tree.names(''));
  });

  it('reads files through a reader of archives', async () => {
    const archive = tar([{ path: 'etc/passwd', content: 'root:x:0:0' }]);
    const read = (_: unknown, offset: number, length: number) => Promise.resolve(archive.subarray(offset, offset + length));
    const small = LayerTree.of([indexOf(archive)]);
    expect((await small.readFile('/etc/passwd', read)).toString()).toBe('root:x:0:0');
    await expect(small.readFile('/etc/shadow', read)).rejects.toMatchObject({ code: 'not-found' });
    await expect(small.readFile('/etc', read)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(small.readFile('/etc/passwd', read, { maxBytes: 3 })).rejects.toMatchObject({ code: 'limit-exceeded' });
  });

  it('lets whiteouts hide what is below and no more, wherever they stand', () => {
    const over = layer({ path: 'etc/.wh.passwd' }, { path: 'usr/new', content: '1' }, { path: '.wh.usr' }, { path: 'etc/.wh..wh..opq' }, { path: 'etc/hosts', content: '' });
    const merged = tree.with(over);
    expect([...merged.walk('usr')].map(({ path }) => path)).toEqual(['usr/new']);
    expect(merged.lookup('usr')).toMatchObject({ mode: 0o755, layer: -1 });
    expect(merged.names('etc')).toEqual(['hosts']);
    // The tree it grew from is as it was.
    expect(tree.names('etc')).toEqual(['group', 'passwd']);
    expect(tree.lookup('usr')).toMatchObject({ mode: 0o700 });
  });

  it('replaces a lower link by a folder, and follows one of the same layer', () => {
    const replaced = tree.with(layer({ path: 'bin/tool', content: '' }));
    expect(replaced.lookup('bin', { followSymlinks: false })?.type).toBe('directory');
    expect(replaced.names('bin')).toEqual(['tool']);
    const followed = tree.with(layer(link('opt', 'usr/local'), { path: 'opt/x', content: '' }));
    expect(followed.lookup('usr/local/x')?.path).toBe('usr/local/x');
  });

  it('keeps what hard links lead to, also when the first name goes', () => {
    const two = LayerTree.of([layer({ path: 'a', content: 'one' }, { path: 'b', type: 'hardlink', linkname: 'a' }), layer({ path: 'a', content: 'other' })]);
    expect(two.lookup('b')).toMatchObject({ type: 'file', size: 3, path: 'b', layer: 0 });
    expect(two.lookup('a')).toMatchObject({ size: 5, layer: 1 });
    const across = tree.with(layer({ path: 'sh2', type: 'hardlink', linkname: 'usr/bin/sh' }));
    expect(across.lookup('sh2')?.inode).toBe(across.lookup('usr/bin/sh')?.inode);
    expect(() => tree.with(layer({ path: 'x', type: 'hardlink', linkname: 'no' }))).toThrow('which is not there');
    expect(() => tree.with(layer({ path: 'x', type: 'hardlink', linkname: 'etc' }))).toThrow('or a folder');
  });

  it('refuses a layer that contradicts itself', () => {
    expect(() => LayerTree.of([layer({ path: 'a' }, { path: 'a/b' })])).toThrow('as a file and as a folder');
    expect(() => LayerTree.of([layer(link('a', 'b'), link('b', 'a'), { path: 'a/x' })])).toThrow('circle');
  });
});

describe('layerChanges', () => {
  it('sums up what a layer adds, changes, deletes and wastes', () => {
    const result = layerChanges(LayerTree.of([base]), layer({ path: 'etc/passwd', content: 'changed!' }, { path: 'etc/hosts', content: 'h' }, { path: 'usr/.wh.bin' }));
    expect(result.changes.map(({ path, kind }) => `${kind} ${path}`).sort()).toEqual(['added etc/hosts', 'changed etc/passwd', 'deleted usr/bin', 'deleted usr/bin/sh']);
    expect(result).toMatchObject({ added: 1, changed: 1, deleted: 2, addedBytes: 9, wastedBytes: 15 });
  });
});
