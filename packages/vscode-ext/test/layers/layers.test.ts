import type { ImageFile, ImageLayer } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { containerAddress, imageAddress, parseContainerAddress, parseImageAddress } from '../../src/files/address.js';
import { inOrder, parseStatLines } from '../../src/files/entry.js';
import { instructionText, keywordOf } from '../../src/layers/instruction.js';
import { fileRows, layerRows, modeText } from '../../src/layers/rows.js';
import { searchFiles } from '../../src/layers/search.js';

describe('instructions', () => {
  it.each([
    ['/bin/sh -c #(nop)  CMD ["sh"]', 'CMD ["sh"]'],
    ['/bin/sh -c apt-get update', 'RUN apt-get update'],
    ['RUN /bin/sh -c make   all # buildkit', 'RUN make all'],
    ['RUN |2 A=1 B="x y" /bin/sh -c make # buildkit', 'RUN make'],
    ['COPY . . # buildkit', 'COPY . .'],
    [`/bin/sh -c #(nop) COPY --chown=1:1 file:${'8c'.repeat(32)} in /srv/x `, 'COPY --chown=1:1 … /srv/x'],
    [`/bin/sh -c #(nop) ADD dir:${'8c'.repeat(32)} in / `, 'ADD … /'],
    ['', ''],
  ])('%s is %s', (createdBy, text) => {
    expect(instructionText(createdBy)).toBe(text);
  });

  it('begin with a keyword, or with none', () => {
    expect([keywordOf('RUN x'), keywordOf('caisson import'), keywordOf('')]).toEqual(['RUN', '', '']);
  });
});

describe('rows', () => {
  const layer = (size: number, index?: number) => ({ index, empty: index === undefined, digest: undefined, diffId: undefined, mediaType: undefined, size, createdBy: 'RUN x', created: new Date(0), comment: '' }) satisfies ImageLayer;

  it('have their share of the whole, and no date where that is a fixed one', () => {
    expect(layerRows([layer(30, 0), layer(0), layer(10, 1)], [undefined, undefined, { dockerfile: '/d', line: 3, endLine: 3, cached: true }])).toMatchObject([{ share: 0.75, age: '', layer: 0 }, { share: 0 }, { share: 0.25, layer: 1, origin: { file: '/d', line: 3 } }]);
    expect(layerRows([layer(0, 0)], [undefined])[0]?.share).toBe(0);
  });

  it('of files put folders first, then the largest', () => {
    const file = (name: string, type: ImageFile['type'], size: number): ImageFile => ({ name, path: name, type, size, mode: 0o644, uid: 0, gid: 0, modified: new Date(0), linkTarget: '', layer: 0, wastedBytes: 0 });
    expect(fileRows([file('a', 'file', 1), file('b', 'file', 9), file('c', 'directory', 0)]).map(({ name }) => name)).toEqual(['c', 'b', 'a']);
  });

  it('write modes as ls does', () => {
    expect([modeText({ type: 'file', mode: 0o4755 }), modeText({ type: 'directory', mode: 0o1777 }), modeText({ type: 'symlink', mode: 0o777 }), modeText({ type: 'file', mode: 0o2640 })]).toEqual(['-rwsr-xr-x', 'drwxrwxrwt', 'lrwxrwxrwx', '-rw-r-S---']);
  });
});

describe('search', () => {
  const folders: Readonly<Record<string, readonly string[]>> = { '': ['etc/', 'bin/'], etc: ['etc/passwd', 'etc/ssl/'], bin: ['bin/sh'], 'etc/ssl': ['etc/ssl/cert.pem'] };
  const view = { children: async (path: string) => (folders[path] ?? []).map((name) => ({ path: name.replace(/\/$/, ''), name, type: name.endsWith('/') ? 'directory' : 'file' }) as unknown as ImageFile) };

  it('finds paths with all words, at any depth', async () => {
    expect((await searchFiles(view, 'SSL pem')).files.map(({ path }) => path)).toEqual(['etc/ssl/cert.pem']);
    expect(await searchFiles(view, '  ')).toEqual({ files: [], more: false });
  });

  it('ends at its limits and when it is told to', async () => {
    expect(await searchFiles(view, 's', { results: 1, folders: 100 })).toMatchObject({ files: [{ path: 'etc/passwd' }], more: true });
    expect(await searchFiles(view, 's', { results: 9, folders: 1 })).toMatchObject({ more: true });
    expect(await searchFiles(view, 's', undefined, AbortSignal.abort())).toEqual({ files: [], more: true });
  });
});

describe('addresses', () => {
  const image = 'ab'.repeat(32);

  it('of images and containers can be read back', () => {
    expect(parseImageAddress(imageAddress({ image: `sha256:${image}`, layer: 3, path: 'etc/a b' }))).toEqual({ image, layer: 3, path: 'etc/a b' });
    expect(parseImageAddress(imageAddress({ image, path: '' }))).toEqual({ image, path: '' });
    expect(parseContainerAddress(containerAddress('web-1', '/etc/hosts'))).toEqual({ container: 'web-1', path: '/etc/hosts' });
    expect(parseContainerAddress('/web-1')).toEqual({ container: 'web-1', path: '/' });
  });

  it('that are none are refused', () => {
    for (const path of ['/', '/x', '/xyz/all/etc', `/${image}/-1/a`, `/${image}`, `/${image}/all..`]) expect(parseImageAddress(path)).toBeUndefined();
    for (const path of ['', '/', '/-x/y', '/../x']) expect(parseContainerAddress(path)).toBeUndefined();
  });
});

describe('listings', () => {
  it('read what stat prints and pass over the rest', () => {
    expect(parseStatLines('81a4 5 1700000000 ./b.txt\n41ed 4096 1700000000 ./dir\na1ff 3 1700000000 ./a b\nstat: no\n\n')).toEqual([
      { name: 'dir', type: 'folder', size: 4096, modified: 1_700_000_000_000 },
      { name: 'a b', type: 'link', size: 3, modified: 1_700_000_000_000 },
      { name: 'b.txt', type: 'file', size: 5, modified: 1_700_000_000_000 },
    ]);
    expect(inOrder([])).toEqual([]);
  });
});
