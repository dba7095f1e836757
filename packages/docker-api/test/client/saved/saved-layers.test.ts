import { mkdtempSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { CaissonError, indexLayer, openImageContents, sha256, tarEntry, TarWriter, type Digest, type Image } from '@caisson/core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { cacheFolder, KeptIndexes } from '../../../src/client/saved/kept-indexes.js';
import { SavedLayers } from '../../../src/client/saved/saved-layers.js';

const folder = mkdtempSync(join(tmpdir(), 'caisson-saved-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function tar(files: Readonly<Record<string, string | Buffer>>): Buffer {
  const pieces: Buffer[] = [];
  const writer = new TarWriter((piece) => pieces.push(Buffer.from(piece)));
  for (const [path, content] of Object.entries(files)) writer.add(tarEntry({ path, type: 'file', size: Buffer.byteLength(content) }), Buffer.from(content));
  writer.finish();
  return Buffer.concat(pieces);
}

// Its first name begins as JSON does.
const lower = tar({ '{a': 'x', a: 'first', b: 'stays' });
const upper = tar({ a: 'second', 'c.txt': 'more' });

function imageOf(...layers: Buffer[]): Pick<Image, 'manifest' | 'config'> {
  const digest = sha256(Buffer.concat(layers));
  return {
    manifest: { schemaVersion: 2, mediaType: 'application/vnd.oci.image.manifest.v1+json', config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest, size: 2 }, layers: layers.map((layer) => ({ mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: sha256(layer), size: layer.length })) },
    config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: layers.map((layer) => sha256(layer)) } },
  };
}

/** Archives as hosts make them: what is where, and in which form. */
const layouts: Readonly<Record<string, Buffer>> = {
  "dockerd before 25: a folder for each, the image's name in the topmost": tar({ 'f00.json': '{}', 'aa/VERSION': '1.0', 'aa/json': '{}', 'aa/layer.tar': lower, 'bb/layer.tar': upper, 'manifest.json': '[]', repositories: '{}' }),
  "podman: files named by diffIDs, the topmost first": tar({ [`${sha256(upper).slice(7)}.tar`]: upper, [`${sha256(lower).slice(7)}.tar`]: lower, 'f00.json': '{}', 'manifest.json': '[]' }),
  'dockerd since 25: a layout': tar({ 'blobs/sha256/00': '{"mediaType": "x"}', [`blobs/sha256/${sha256(lower).slice(7)}`]: lower, [`blobs/sha256/${sha256(upper).slice(7)}`]: upper, 'index.json': '{}', 'oci-layout': '{}' }),
  'dockerd with containerd: a layout, its layers compressed': tar({ 'blobs/sha256/00': '{"mediaType": "x"}', [`blobs/sha256/${sha256(gzipSync(lower)).slice(7)}`]: gzipSync(lower), [`blobs/sha256/${sha256(gzipSync(upper)).slice(7)}`]: gzipSync(upper), 'index.json': '{}', 'oci-layout': '{}' }),
};

let kept: KeptIndexes;
beforeEach(() => (kept = new KeptIndexes(mkdtempSync(join(folder, 'kept-')))));

/** Counts how often the archive was asked for, and whether all who asked let go of it. */
class Saves {
  count = 0;
  open = 0;
  readonly save = (archive: Buffer, pieceSize = 700) =>
    async function* (this: Saves) {
      this.count++;
      this.open++;
      try {
        for (let at = 0; at < archive.length; at += pieceSize) yield archive.subarray(at, at + pieceSize);
      } finally {
        this.open--;
      }
    }.bind(this);
}

async function text(data: AsyncIterable<Uint8Array>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(data)).toString();
}

describe.each(Object.entries(layouts))('%s', (_, archive) => {
  const image = imageOf(lower, upper);

  it('shows what each layer did, from one reading', async () => {
    const saves = new Saves();
    const contents = await openImageContents(new SavedLayers(saves.save(archive), kept));
    const top = await contents.files(image, 1, undefined);
    expect((await top.children('')).map(({ name, change }) => [name, change])).toEqual([['a', 'changed'], ['c.txt', 'added']]);
    expect((await contents.files(image, undefined, undefined)).totals).toMatchObject({ entries: 4, bytes: 16, wastedBytes: 5 });
    expect(saves).toMatchObject({ count: 1, open: 0 });
  });

  it('reads files of any layer, and after another day too', async () => {
    const saves = new Saves();
    const contents = await openImageContents(new SavedLayers(saves.save(archive), kept));
    expect(await text((await contents.readFile(image, 'a', undefined, undefined)).data)).toBe('second');
    expect(await text((await contents.readFile(image, 'a', 0, undefined)).data)).toBe('first');
    const later = new Saves();
    const again = await openImageContents(new SavedLayers(later.save(archive), kept));
    await again.files(image, 0, undefined);
    expect(later.count).toBe(0);
    expect(await text((await again.readFile(image, 'c.txt', undefined, undefined)).data)).toBe('more');
    expect([saves.open, later.open]).toEqual([0, 0]);
  });
});

describe('hosts that are not what they seem', () => {
  const image = imageOf(lower, upper);
  const classic = layouts[Object.keys(layouts)[0] ?? ''] ?? Buffer.alloc(0);
  const files = async (archive: Buffer) => (await openImageContents(new SavedLayers(new Saves().save(archive), kept))).files(image, undefined, undefined);

  it('refuses an archive without one of the layers, or with another in its place', async () => {
    await expect(files(tar({ 'aa/layer.tar': lower, 'manifest.json': '[]' }))).rejects.toMatchObject({ code: 'not-found', message: "the host's archive of the image has no layer 2 of the image's 2" });
    await expect(files(tar({ 'aa/layer.tar': lower, 'bb/layer.tar': tar({ a: 'forged' }) }))).rejects.toMatchObject({ code: 'not-found' });
    expect(kept.has(sha256(tar({ a: 'forged' })))).toBe(false);
  });

  it('refuses what is cut short, what is no archive, and layers that are none', async () => {
    await expect(files(classic.subarray(0, lower.length + 700))).rejects.toMatchObject({ code: 'invalid-content' });
    await expect(files(Buffer.from('no such image\n'.repeat(100)))).rejects.toMatchObject({ code: 'invalid-content' });
    await expect(files(tar({ 'aa/layer.tar': Buffer.alloc(4096, 0x41) }))).rejects.toMatchObject({ code: 'invalid-content' });
    await expect(files(Buffer.alloc(0))).rejects.toMatchObject({ code: 'not-found' });
  });

  it('tells what the host says', async () => {
    const gone = { [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(new CaissonError('unavailable', 'the connection is gone')) }) };
    const contents = await openImageContents(new SavedLayers(() => gone, kept));
    await expect(contents.files(image, undefined, undefined)).rejects.toMatchObject({ code: 'unavailable' });
  });
});

describe('what is kept', () => {
  it('has a bound: what was not looked at for longest goes', async () => {
    const [one, two, three] = await Promise.all(['1', '2', '3'].map((content) => indexLayer([tar({ [`file-${content}`]: content })])));
    if (!one || !two || !three) throw new Error('no indexes');
    const size = (index: { diffId: Digest }) => statSync(join(kept.folder, index.diffId.slice(7))).size;
    kept.save(one);
    kept.save(two);
    const bounded = new KeptIndexes(kept.folder, Math.ceil(size(one) * 2.5));
    utimesSync(join(kept.folder, one.diffId.slice(7)), new Date(1000), new Date(1000));
    utimesSync(join(kept.folder, two.diffId.slice(7)), new Date(2000), new Date(2000));
    expect(bounded.load(one.diffId)?.length).toBe(1);
    bounded.save(three);
    expect(readdirSync(kept.folder).sort()).toEqual([one, three].map(({ diffId }) => diffId.slice(7)).sort());
  });

  it('is in the folder that the system has for it', () => {
    expect(cacheFolder({ XDG_CACHE_HOME: '/c' }, 'linux')).toBe('/c/caisson');
    expect(cacheFolder({ LOCALAPPDATA: '/local' }, 'win32')).toBe('/local/caisson/cache');
  });
});
