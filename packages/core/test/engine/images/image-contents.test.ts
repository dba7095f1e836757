import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ImageFiles } from '../../../src/index.js';
import { EngineFixture } from '../engine-fixture.js';
import type { Item } from '../../layers/helpers.js';

const base: Item[] = [
  { path: 'etc', type: 'directory' },
  { path: 'etc/passwd', content: 'root:x:0:0', uid: 0, mode: 0o644 },
  { path: 'usr', type: 'directory' },
  { path: 'usr/big', content: 'x'.repeat(1000) },
  { path: 'usr/alias', type: 'hardlink', linkname: 'usr/big' },
  { path: 'link', type: 'symlink', linkname: '/etc/passwd' },
];
const top: Item[] = [
  { path: 'etc', type: 'directory' },
  { path: 'etc/passwd', content: 'root:x:0:0\nme:x:1:1', uid: 7 },
  { path: 'usr/.wh.big', content: '' },
  { path: 'new', content: 'new', mode: 0o600 },
];
const last: Item[] = [{ path: 'usr/.wh.alias', content: '' }];

const read = async (bytes: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(bytes));
const list = async (files: ImageFiles, path: string) => (await files.children(path)).map(({ name, change, size, wastedBytes }) => [name, change, size, wastedBytes]);

describe.each([false, true])('looking into an image (compressed: %s)', (gzip) => {
  let fixture: EngineFixture;
  beforeEach(async () => {
    fixture = new EngineFixture();
    const history = [{ created: '2026-01-02T03:04:05Z', created_by: 'ADD base' }, { created_by: 'ENV a=b', empty_layer: true }, { created_by: 'COPY top', comment: 'a comment' }, { created_by: 'RUN rm' }];
    await fixture.image('app:1', [base, top, last], { gzip, history });
  });
  afterEach(() => fixture[Symbol.dispose]());

  it('lists the history with the layers that it made', async () => {
    const layers = await fixture.engine.images.layers('app:1');
    expect(layers.map(({ index, empty, createdBy, comment }) => [index, empty, createdBy, comment])).toEqual([
      [0, false, 'ADD base', ''],
      [undefined, true, 'ENV a=b', ''],
      [1, false, 'COPY top', 'a comment'],
      [2, false, 'RUN rm', ''],
    ]);
    const { manifest, config } = await fixture.engine.images.get('app:1');
    expect(layers[2]).toMatchObject({ digest: manifest.layers[1]?.digest, diffId: config.rootfs.diff_ids[1], size: manifest.layers[1]?.size });
    expect(layers[0]?.created).toEqual(new Date('2026-01-02T03:04:05Z'));
  });

  it('shows what the whole image holds, and what its layers waste', async () => {
    const files = await fixture.engine.images.files('app:1');
    expect(await list(files, '/')).toEqual([
      ['etc', undefined, 19, 10],
      ['link', undefined, 0, 0],
      ['new', undefined, 3, 0],
      ['usr', undefined, 0, 1000],
    ]);
    expect(files.totals).toEqual({ entries: 5, bytes: 22, added: 7, changed: 2, deleted: 2, wastedBytes: 1010 });
    expect(await files.children('etc')).toEqual([expect.objectContaining({ name: 'passwd', path: 'etc/passwd', type: 'file', uid: 7, layer: 1, wastedBytes: 10 })]);
    expect((await files.children(''))[1]).toMatchObject({ type: 'symlink', linkTarget: '/etc/passwd' });
  });

  it('shows what one layer did', async () => {
    const files = await fixture.engine.images.files('app:1', { layer: 1 });
    expect(await list(files, '')).toEqual([
      ['etc', 'changed', 19, 10],
      ['new', 'added', 3, 0],
      ['usr', undefined, 0, 0],
    ]);
    // Its other name is still there: nothing is wasted yet.
    expect(await files.children('usr')).toEqual([expect.objectContaining({ name: 'big', change: 'deleted', size: 1000, layer: 0, wastedBytes: 0 })]);
    expect(files.totals).toMatchObject({ added: 1, changed: 2, deleted: 1, wastedBytes: 10 });
    expect((await fixture.engine.images.files('app:1', { layer: 2 })).totals.wastedBytes).toBe(1000);
    expect((await fixture.engine.images.files('app:1', { layer: 0 })).totals).toMatchObject({ added: 6, deleted: 0, wastedBytes: 0 });
  });

  it('reads files, as they are and as they were', async () => {
    const { file, data } = await fixture.engine.images.readFile('app:1', '/link');
    expect(file).toMatchObject({ path: 'etc/passwd', size: 19, layer: 1 });
    expect((await read(data)).toString()).toBe('root:x:0:0\nme:x:1:1');
    expect((await read((await fixture.engine.images.readFile('app:1', 'etc/passwd', { layer: 0 })).data)).toString()).toBe('root:x:0:0');
    expect((await read((await fixture.engine.images.readFile('app:1', 'usr/alias', { layer: 1 })).data)).length).toBe(1000);
    await expect(fixture.engine.images.readFile('app:1', 'usr/big')).rejects.toMatchObject({ code: 'not-found' });
    await expect(fixture.engine.images.readFile('app:1', 'usr')).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('names what is not there', async () => {
    await expect(fixture.engine.images.files('app:1', { layer: 3 })).rejects.toMatchObject({ code: 'not-found', message: 'the image has no layer 3: there are 0 to 2' });
    const files = await fixture.engine.images.files('app:1');
    await expect(files.children('no/such')).rejects.toMatchObject({ code: 'not-found' });
    await expect(files.children('new')).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('needs the layers only until their tables of contents are known', async () => {
    const first = await fixture.engine.images.files('app:1');
    const { manifest } = await fixture.engine.images.get('app:1');
    for (const { digest } of manifest.layers) rmSync(fixture.content.pathOf(digest));
    using again = new EngineFixture(fixture.parts);
    expect((await again.engine.images.files('app:1')).totals).toEqual(first.totals);
    await expect(read((await again.engine.images.readFile('app:1', 'new')).data)).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('comparing images', () => {
  it('tells files and config that differ, and not times', async () => {
    using fixture = new EngineFixture();
    await fixture.image('a', [base, [{ path: 'same', content: 'same', mtime: 1 }, { path: 'other', content: 'abc', mtime: 1 }]], { config: { Cmd: ['a'], Env: ['x=1'] } });
    await fixture.image('b', [base, [{ path: 'same', content: 'same', mtime: 2 }, { path: 'other', content: 'abd', mtime: 1 }], last], { config: { Cmd: ['b'], Env: ['x=1'] } });
    const { changes, sharedLayers, config } = await fixture.engine.images.compare('a', 'b');
    expect(sharedLayers).toBe(1);
    expect(config).toEqual([{ field: 'Cmd', before: ['a'], after: ['b'] }]);
    expect(changes).toEqual([
      { path: 'other', kind: 'changed', type: 'file', before: 3, after: 3 },
      { path: 'usr/alias', kind: 'deleted', type: 'file', before: 1000, after: 0 },
    ]);
    expect((await fixture.engine.images.compare('a', 'a')).changes).toEqual([]);
  });
});

it('gives names back that are no text', async () => {
  using fixture = new EngineFixture();
  await fixture.image('odd', [[{ path: 'd\xff', type: 'directory' }, { path: 'd\xff/\xc3\xbc', content: 'u' }]]);
  const files = await fixture.engine.images.files('odd');
  const [folder] = await files.children('');
  expect(folder?.name).toBe('d\\xff');
  expect((await files.children(folder?.path ?? '')).map(({ name }) => name)).toEqual(['ü']);
});

it('knows the files of a layer that has many', async () => {
  using fixture = new EngineFixture();
  const content = randomBytes(300_000);
  const many: Item[] = [{ path: 'large', content }];
  for (let i = 0; i < 40_000; i++) {
    if (i % 400 === 0) many.push({ path: `d${i / 400}`, type: 'directory' });
    many.push({ path: `d${Math.floor(i / 400)}/file-${i}`, content: 'x' });
  }
  await fixture.image('many', [many, [{ path: 'd3/.wh.file-1201', content: '' }]]);
  await fixture.engine.images.files('many');
  using again = new EngineFixture(fixture.parts);
  const files = await again.engine.images.files('many');
  expect(await files.children('d3')).toHaveLength(399);
  expect((await read((await again.engine.images.readFile('many', 'large')).data)).equals(content)).toBe(true);
});
