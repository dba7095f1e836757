import { randomUUID } from 'node:crypto';
import { posix } from 'node:path';
import type { Header } from 'tar-stream';
import type { ContentStore } from '../content/content-store.js';
import { CaissonError } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { isDigest, sha256, type Digest } from '../model/digest.js';
import type { ImageConfig } from '../model/image-config.js';
import type { Manifest } from '../model/manifest.js';
import { mediaTypes } from '../model/media-type.js';
import { documentBytes, maxDocumentBytes, parseImageConfig } from '../model/parse.js';
import { formatReference, parseReference } from '../model/reference.js';
import type { ImageSource } from '../transfer/image-source.js';
import { storeSource } from '../transfer/store-source.js';
import { archiveFiles, isPlainFile, passOver } from './archive-files.js';
import { parseDockerManifest } from './docker-manifest.js';
import { layoutEntries, type LayoutEntry } from './layout-index.js';

/** An image of an archive. `source` reads it from where the archive was unpacked to. */
export interface ArchivedImage extends LayoutEntry {
  readonly source: ImageSource;
}

/** Where an archive is unpacked to. `hold` is told of each blob that was there already, so that a lease can keep it. */
export interface ArchiveOptions {
  readonly content: ContentStore;
  /** For messages. */
  readonly name: string;
  readonly hold?: (digest: Digest) => void;
  readonly signal?: AbortSignal;
}

/**
 * The images of a docker-archive or an OCI layout tar, as sources for `copy`. The (decompressed) bytes are read once, from their beginning to
 * their end, so that they may come from a pipe: an archive tells only at its end what is in it, and so its blobs go into a content store on
 * the way, where the sources find them. Blobs are verified against the names they have in a layout, and against the config's diffIDs in a
 * docker-archive. The caller holds a lease on the store for as long as it uses the sources.
 *
 * @throws CaissonError `invalid-content`, `digest-mismatch`; blobs that had come by then are left to garbage collection.
 */
export async function openArchive(bytes: AsyncIterable<Uint8Array>, options: ArchiveOptions): Promise<ArchivedImage[]> {
  const files = await ingestAll(bytes, options);
  const { content, name } = options;
  if (files.small.has('index.json') && files.small.has('oci-layout')) return layoutImages(content, files, name);
  if (files.small.has('manifest.json')) return dockerImages(content, files, name);
  throw new CaissonError('invalid-content', `${name} is not an image archive: neither manifest.json nor index.json is in it`, {
    hint: 'a root file system is taken in with `caisson import`',
  });
}

interface ArchiveFiles {
  /** Digest and size of every file, by its path in the archive. */
  readonly blobs: Map<string, { digest: Digest; size: number }>;
  /** Text of the documents at the top. */
  readonly small: Map<string, Uint8Array>;
  readonly links: Map<string, string>;
}

async function ingestAll(bytes: AsyncIterable<Uint8Array>, options: ArchiveOptions): Promise<ArchiveFiles> {
  const files: ArchiveFiles = { blobs: new Map(), small: new Map(), links: new Map() };
  for await (const { path, header, data } of archiveFiles(bytes, options.name)) await take(files, path, header, data, options);
  return files;
}

const documents = new Set(['index.json', 'oci-layout', 'manifest.json', 'repositories']);

async function take(files: ArchiveFiles, path: string, header: Header, data: AsyncIterable<Uint8Array>, { content, hold, signal }: ArchiveOptions): Promise<void> {
  if ((header.type === 'symlink' || header.type === 'link') && header.linkname)
    files.links.set(path, header.type === 'link' ? posix.normalize(header.linkname) : posix.join(posix.dirname(path), header.linkname));
  if (!isPlainFile(header)) return passOver(data);
  const size = header.size ?? 0;
  if (documents.has(path)) {
    if (size > maxDocumentBytes) throw new CaissonError('limit-exceeded', `${path} of the archive is larger than ${maxDocumentBytes} bytes`);
    files.small.set(path, Buffer.concat(await Array.fromAsync(data)));
    return;
  }
  const [, algorithm, hex] = /^blobs\/([a-z0-9]+)\/([0-9a-f]+)$/.exec(path) ?? [];
  const named = `${algorithm}:${hex}`;
  const expected = isDigest(named) ? { digest: named, size } : undefined;
  if (expected) hold?.(expected.digest);
  await using writer = await content.writer({ ref: expected?.digest ?? `archive ${randomUUID()}`, ...(expected ? { expected } : {}), ...(signal ? { signal } : {}) });
  const there = expected && (await content.stat(expected.digest));
  if (there) {
    await writer.truncate();
    await passOver(data);
    files.blobs.set(path, { digest: there.digest, size: there.size });
    return;
  }
  await writer.truncate();
  for await (const piece of data) await writer.write(piece);
  files.blobs.set(path, { digest: await writer.commit(), size });
}

async function layoutImages(content: ContentStore, files: ArchiveFiles, name: string): Promise<ArchivedImage[]> {
  const entries = layoutEntries(files.small.get('index.json') ?? new Uint8Array(), name);
  for (const { root } of entries) if (!(await content.stat(root.digest))) throw new CaissonError('invalid-content', `${name} names the manifest ${root.digest} but does not contain it`);
  return entries.map(({ root, names }) => archived(content, root, names, name));
}

const archived = (content: ContentStore, root: Descriptor, names: readonly string[], name: string): ArchivedImage => ({ root, names, source: storeSource(content, root, name) });

async function dockerImages(content: ContentStore, files: ArchiveFiles, name: string): Promise<ArchivedImage[]> {
  const images: ArchivedImage[] = [];
  for (const { Config, RepoTags, Layers } of parseDockerManifest(files.small.get('manifest.json') ?? new Uint8Array(), name)) {
    const find = (path: string) => {
      const blob = files.blobs.get(posix.normalize(path)) ?? files.blobs.get(files.links.get(posix.normalize(path)) ?? '');
      if (!blob) throw new CaissonError('invalid-content', `${name} lists ${JSON.stringify(path.slice(0, 200))} but does not contain it`);
      return blob;
    };
    const configBlob = find(Config);
    const config = parseImageConfig(await content.read(configBlob.digest), `${Config} of ${name}`);
    const layers = await Promise.all(Layers.map((path, place) => layerDescriptor(content, find(path), config, place, name)));
    if (layers.length !== config.rootfs.diff_ids.length) throw new CaissonError('invalid-content', `${name} has ${layers.length} layers where the config has ${config.rootfs.diff_ids.length}`);
    const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: { mediaType: mediaTypes.config, ...configBlob }, layers };
    const bytes = documentBytes(manifest);
    const root = { mediaType: manifest.mediaType, digest: sha256(bytes), size: bytes.byteLength };
    await using writer = await content.writer({ ref: root.digest, expected: root });
    await writer.truncate();
    await writer.write(bytes);
    await writer.commit();
    images.push(archived(content, root, (RepoTags ?? []).map((tag) => formatReference(parseReference(tag))), name));
  }
  return images;
}

async function layerDescriptor(content: ContentStore, blob: { digest: Digest; size: number }, config: ImageConfig, place: number, name: string): Promise<Descriptor> {
  const [first = 0, second = 0, third = 0, fourth = 0] = await firstBytes(content, blob.digest);
  if (first === 0x1f && second === 0x8b) return { mediaType: mediaTypes.layerGzip, ...blob };
  if (first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd) return { mediaType: mediaTypes.layerZstd, ...blob };
  // Uncompressed: its digest is the diffID, and can be checked now; compressed ones are checked when they are unpacked.
  if (config.rootfs.diff_ids[place] !== blob.digest) throw new CaissonError('digest-mismatch', `layer ${place + 1} of ${name} is ${blob.digest}, but the config says ${config.rootfs.diff_ids[place]}`);
  return { mediaType: mediaTypes.layerTar, ...blob };
}

async function firstBytes(content: ContentStore, digest: Digest): Promise<Uint8Array> {
  for await (const piece of content.open(digest)) return piece.subarray(0, 4);
  return new Uint8Array();
}
