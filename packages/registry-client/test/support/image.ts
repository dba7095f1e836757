import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { documentBytes, mediaTypes, sha256, type Descriptor, type Digest, type Index, type Manifest } from '@caisson/core';

/** An image made for a test: its documents and blobs by digest. */
export interface TestImage {
  readonly root: Descriptor;
  readonly bytes: Uint8Array;
  readonly manifest: Manifest;
  readonly blobs: ReadonlyMap<Digest, Uint8Array>;
}

export function describe(mediaType: string, bytes: Uint8Array): Descriptor {
  return { mediaType, digest: sha256(bytes), size: bytes.byteLength };
}

/** A tar with one file, by hand: the smallest layer that other tools take for one. */
export function tarOf(name: string, content: Uint8Array): Uint8Array {
  const header = Buffer.alloc(512);
  header.write(name, 0);
  header.write('0000644\0', 100);
  header.write('0000000\0', 108);
  header.write('0000000\0', 116);
  header.write(`${content.byteLength.toString(8).padStart(11, '0')}\0`, 124);
  header.write('00000000000\0', 136);
  header.write('        ', 148);
  header.write('0', 156);
  header.write('ustar\u000000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return Buffer.concat([header, content, Buffer.alloc((512 - (content.byteLength % 512)) % 512), Buffer.alloc(1024)]);
}

export interface TestImageOptions {
  /** Sizes of the layers' only files, in bytes of random data. */
  readonly layers?: readonly number[];
  readonly architecture?: string;
  readonly subject?: Descriptor;
}

export function makeImage({ layers = [1000], architecture = 'amd64', subject }: TestImageOptions = {}): TestImage {
  const blobs = new Map<Digest, Uint8Array>();
  const add = (mediaType: string, bytes: Uint8Array): Descriptor => {
    const descriptor = describe(mediaType, bytes);
    blobs.set(descriptor.digest, bytes);
    return descriptor;
  };
  const tars = layers.map((size, n) => tarOf(`file${n}`, randomBytes(size)));
  const config = add(
    mediaTypes.config,
    documentBytes({ os: 'linux', architecture, config: { Cmd: ['/bin/true'] }, rootfs: { type: 'layers', diff_ids: tars.map((tar) => sha256(tar)) } }),
  );
  const manifest: Manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config,
    layers: tars.map((tar) => add(mediaTypes.layerGzip, gzipSync(tar, { level: 1 }))),
    ...(subject ? { subject } : {}),
  };
  const bytes = documentBytes(manifest);
  return { root: describe(mediaTypes.manifest, bytes), bytes, manifest, blobs };
}

export function makeIndex(images: readonly { image: TestImage; architecture: string }[]): { index: Index; bytes: Uint8Array; root: Descriptor } {
  const index: Index = {
    schemaVersion: 2,
    mediaType: mediaTypes.index,
    manifests: images.map(({ image, architecture }) => ({ ...image.root, platform: { os: 'linux', architecture } })),
  };
  const bytes = documentBytes(index);
  return { index, bytes, root: describe(mediaTypes.index, bytes) };
}

export async function* bytesFrom(bytes: Uint8Array, offset = 0, step = 50_000): AsyncGenerator<Uint8Array, void> {
  for (let at = offset; at < bytes.byteLength; at += step) yield await Promise.resolve(bytes.subarray(at, at + step));
}

export async function collect(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return Buffer.concat(chunks);
}
