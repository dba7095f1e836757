import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { RootfsView } from '../../src/spec/rootfs-view.js';
import { loadSyscalls } from '../../src/syscalls.js';
import { freshFolder, isRoot } from '../support/folders.js';

const base = freshFolder('view');
afterAll(() => rmSync(base, { recursive: true, force: true }));
let count = 0;

/** Layers, topmost first: text is a file, null a whiteout, `-> x` a link, a name that ends in `/` a folder, and in `/!` an opaque one. */
function layers(...contents: Record<string, string | null>[]): RootfsView {
  return new RootfsView(
    contents.map((content) => {
      const root = join(base, `layer-${count++}`);
      mkdirSync(root);
      for (const [path, value] of Object.entries(content)) {
        const place = join(root, path.replace('!', ''));
        mkdirSync(path.includes('/') && !path.endsWith('/') && !path.endsWith('!') ? join(place, '..') : root, { recursive: true });
        if (path.endsWith('/') || path.endsWith('!')) mkdirSync(place, { recursive: true });
        if (path.endsWith('!')) loadSyscalls().lsetxattr(place, 'trusted.overlay.opaque', Buffer.from('y'));
        else if (value === null) loadSyscalls().mknod(place, 0o020000, 0, 0);
        else if (value.startsWith('-> ')) symlinkSync(value.slice(3), place);
        else if (!path.endsWith('/')) writeFileSync(place, value);
      }
      return root;
    }),
  );
}

const outside = join(base, 'outside');
writeFileSync(outside, 'secret');

describe.skipIf(!isRoot)('RootfsView (needs root for whiteouts)', () => {
  it.each<[string, RootfsView, string | undefined]>([
    ['the topmost layer', layers({ 'etc/passwd': 'top' }, { 'etc/passwd': 'below' }), 'top'],
    ['a layer below', layers({ 'etc/': '' }, { 'bin/': '' }, { 'etc/passwd': 'below' }), 'below'],
    ['nothing through a whiteout', layers({ 'etc/passwd': null }, { 'etc/passwd': 'below' }), undefined],
    ['nothing through a whiteout of the folder', layers({ etc: null }, { 'etc/passwd': 'below' }), undefined],
    ['nothing through an opaque folder', layers({ 'etc/!': '' }, { 'etc/passwd': 'below' }), undefined],
    ['nothing through a file in place of the folder', layers({ etc: 'file' }, { 'etc/passwd': 'below' }), undefined],
    ['a relative link', layers({ 'etc/passwd': '-> ../data/users', 'data/users': 'linked' }), 'linked'],
    ['a link of another layer', layers({ 'data/users': 'linked' }, { 'etc/passwd': '-> /data/users' }), 'linked'],
    ['a link to the folder', layers({ etc: '-> usr/etc', 'usr/etc/passwd': 'linked' }), 'linked'],
    ['a link out by an absolute path', layers({ 'etc/passwd': `-> ${outside}` }), undefined],
    ['a link out by way of the parent', layers({ 'etc/passwd': `-> ../../../../../../../../..${outside}` }), undefined],
    ['a folder', layers({ 'etc/passwd/': '' }), undefined],
    ['nothing', layers({}), undefined],
  ])('sees %s', (_, view, expected) => expect(view.readText('/etc/passwd', 100)).toBe(expected));

  it('refuses a loop of links and what is too large', () => {
    expect(() => layers({ 'etc/passwd': '-> /etc/passwd' }).readText('/etc/passwd', 100)).toThrow('too many symbolic links');
    expect(() => layers({ 'etc/passwd': 'x'.repeat(101) }).readText('/etc/passwd', 100)).toThrow('larger than 100 bytes');
  });

  it('does not wait for a fifo', () => {
    const view = layers({ 'etc/': '' });
    loadSyscalls().mkfifo(join(base, `layer-${count - 1}`, 'etc/passwd'), 0o600);
    expect(view.readText('/etc/passwd', 100)).toBeUndefined();
  });
});
