import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { digestHex, LayoutStore, openArchive, sha256, type ErrorCode } from '../../src/index.js';
import { tar, type Item } from '../layers/helpers.js';

const root = mkdtempSync(join(tmpdir(), 'caisson-archives-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
let content: LayoutStore;
let serial = 0;
beforeEach(() => {
  content = new LayoutStore(join(root, String(serial++)));
});

const open = (bytes: Buffer, step = 7000) =>
  openArchive(
    (async function* () {
      for (let at = 0; at < bytes.length; at += step) yield await Promise.resolve(bytes.subarray(at, at + step));
    })(),
    { content, name: 'x.tar' },
  );

const layer = tar([{ path: 'a', content: 'a'.repeat(3000) }]);
const config = (diffId: string) => JSON.stringify({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [diffId] } });
const docker = (items: readonly Item[], manifest: unknown): Buffer => tar([...items, { path: 'manifest.json', content: typeof manifest === 'string' ? manifest : JSON.stringify(manifest) }]);
const parts: readonly Item[] = [
  { path: 'one/layer.tar', content: layer },
  { path: 'c.json', content: config(sha256(layer)) },
];
const entry = { Config: 'c.json', RepoTags: ['app:1'], Layers: ['one/layer.tar'] };

describe('an archive', () => {
  it('may have its lists first or last, links in place of layers, and leading dots', async () => {
    const linked = [...parts.map((part) => ({ ...part, path: `./${part.path}` })), { path: './two/layer.tar', type: 'symlink' as const, linkname: '../one/layer.tar' }];
    for (const bytes of [docker(parts, [entry]), tar([{ path: 'manifest.json', content: JSON.stringify([entry]) }, ...parts]), docker(linked, [{ ...entry, Layers: ['two/layer.tar'] }])]) {
      const [image] = await open(bytes);
      expect(image?.names).toEqual(['docker.io/library/app:1']);
      expect(Buffer.concat(await Array.fromAsync(image?.source.blob({ mediaType: '', digest: sha256(layer), size: layer.length }) ?? []))).toEqual(layer);
    }
  });

  it('knows an image with several names once, and images without any', async () => {
    const images = await open(docker(parts, [{ ...entry, RepoTags: ['app:1', 'app:2'] }, { ...entry, RepoTags: null }]));
    expect(images.map(({ names }) => names)).toEqual([['docker.io/library/app:1', 'docker.io/library/app:2'], []]);
  });

  const refused: readonly (readonly [string, Buffer, ErrorCode, RegExp])[] = [
    ['no tar', Buffer.from('x'.repeat(5000)), 'invalid-content', /^x\.tar is not a tar archive, or is cut short/],
    ['one that is cut short', docker(parts, [entry]).subarray(0, 2000), 'invalid-content', /cut short/],
    ['a tar of something else', tar([{ path: 'etc/passwd', content: 'root' }]), 'invalid-content', /neither manifest\.json nor index\.json/],
    ['a list that is no JSON', docker(parts, '['), 'invalid-content', /manifest\.json of x\.tar is not JSON/],
    ['a list of something else', docker(parts, [{ Config: 1 }]), 'invalid-content', /is not a list of images/],
    ['a huge list', tar([{ path: 'manifest.json', content: Buffer.alloc(5_000_000, ' ') }]), 'limit-exceeded', /manifest\.json of the archive is larger/],
    ['a layer that is not there', docker(parts, [{ ...entry, Layers: ['two/layer.tar'] }]), 'invalid-content', /lists "two\/layer\.tar" but does not contain it/],
    ['paths that climb', docker(parts, [{ ...entry, Config: '../../../etc/passwd' }]), 'invalid-content', /does not contain it/],
    ['another layer than the config says', docker([{ path: 'one/layer.tar', content: layer }, { path: 'c.json', content: config(sha256('other')) }], [entry]), 'digest-mismatch', /^layer 1 of x\.tar is sha256/],
    ['more layers than the config says', docker(parts, [{ ...entry, Layers: ['one/layer.tar', 'one/layer.tar'] }]), 'digest-mismatch', /^layer 2/],
    ['a blob that is not what its name says', tar([{ path: `blobs/sha256/${digestHex(sha256('a'))}`, content: 'b' }]), 'digest-mismatch', /does not match its digest/],
    ['a layout that names what it has not', tar([{ path: 'oci-layout', content: '{}' }, { path: 'index.json', content: JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType: 'application/vnd.oci.image.manifest.v1+json', digest: sha256('none'), size: 4 }] }) }]), 'invalid-content', /names the manifest .* but does not contain it/],
    ['a layout whose index is a manifest', tar([{ path: 'oci-layout', content: '{}' }, { path: 'index.json', content: '{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json"}' }]), 'invalid-content', /index\.json of x\.tar/],
  ];
  it.each(refused)('refuses %s', async (_, bytes, code, words) => {
    await expect(open(bytes)).rejects.toMatchObject({ code, message: expect.stringMatching(words) as string });
  });
});
