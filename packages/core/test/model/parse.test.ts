import { describe, expect, it } from 'vitest';
import { mediaTypes } from '../../src/model/media-type.js';
import { parseImageConfig, parseManifest } from '../../src/model/parse.js';

const bytes = (value: unknown) => new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));
const digest = `sha256:${'0'.repeat(64)}`;
const blob = { mediaType: mediaTypes.config, digest, size: 2 };
const manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: blob, layers: [] };

describe('parseManifest', () => {
  it('goes by the shape where no media type is given', () => {
    expect(parseManifest(bytes({ schemaVersion: 2, config: blob, layers: [] })).mediaType).toBe(mediaTypes.manifest);
    expect(parseManifest(bytes({ schemaVersion: 2, manifests: [] })).mediaType).toBe(mediaTypes.index);
  });

  it('refuses schema 1 in words', () => {
    expect(() => parseManifest(bytes({ schemaVersion: 1, fsLayers: [] }))).toThrow(/schema 1/);
  });

  it.each([
    ['no JSON', '{'],
    ['not UTF-8', new Uint8Array([0x22, 0xff, 0x22])],
    ['an array', []],
    ['a wrong version', { ...manifest, schemaVersion: 3 }],
    ['both kinds at once', { schemaVersion: 2, manifests: [], layers: [], config: blob }],
    ['no config', { ...manifest, config: undefined }],
    ['a digest with a path in it', { ...manifest, config: { ...blob, digest: 'sha256:../../../etc/passwd' } }],
    ['a digest of another algorithm', { ...manifest, config: { ...blob, digest: 'md5:d41d8cd98f00b204e9800998ecf8427e' } }],
    ['a negative size', { ...manifest, layers: [{ ...blob, size: -1 }] }],
    ['a size beyond numbers', { ...manifest, layers: [{ ...blob, size: 2 ** 60 }] }],
    ['layers that are none', { ...manifest, layers: {} }],
    ['annotations that are no texts', { ...manifest, layers: [{ ...blob, annotations: { a: 1 } }] }],
    ['an unknown kind', { ...manifest, mediaType: 'text/html' }],
  ])('refuses %s', (_, value) => {
    const data = value instanceof Uint8Array ? value : bytes(value);
    expect(() => parseManifest(data)).toThrow(expect.objectContaining({ name: 'CaissonError', code: 'invalid-content' }));
  });

  it('refuses what is too large to be one', () => {
    expect(() => parseManifest(new Uint8Array(5 * 1024 * 1024))).toThrow(expect.objectContaining({ code: 'limit-exceeded' }));
  });
});

describe('parseImageConfig', () => {
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [digest] } };

  it('keeps what it does not know', () => {
    expect(parseImageConfig(bytes({ ...config, 'x.vendor': 1 }))).toMatchObject({ 'x.vendor': 1 });
  });

  it('takes null for nothing, as Go writes it', () => {
    expect(parseImageConfig(bytes({ ...config, config: { Env: null, Cmd: null, Volumes: null }, rootfs: { type: 'layers', diff_ids: null } })).rootfs.diff_ids).toEqual([]);
  });

  it.each([
    ['no platform', { ...config, os: undefined }],
    ['diffIDs that are none', { ...config, rootfs: { diff_ids: ['x'] } }],
    ['an environment of numbers', { ...config, config: { Env: [1] } }],
    ['a relative volume', { ...config, config: { Volumes: { '../x': {} } } }],
    ['labels that are no texts', { ...config, config: { Labels: { a: null } } }],
  ])('refuses %s', (_, value) => expect(() => parseImageConfig(bytes(value))).toThrow(expect.objectContaining({ code: 'invalid-content' })));
});
