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
import { documentBytes, maxDocumentBytes, parseImageConfig, parseManifest, isIndex } from '../model/parse.js';
import { parseReference, type Reference } from '../model/reference.js';
import { archiveFiles, isPlainFile, passOver } from './archive-files.js';
import type { ArchivedImage } from './write-archive.js';

/**
 * Takes a docker-archive or an OCI layout tar into the content store, in one pass over the (already decompressed) bytes, so that it may come
 * from a pipe. Blobs are verified against the names they have in a layout, and against the config's diffIDs in a docker-archive. Returns
 * the images in it; the caller holds a lease until it has recorded them.
 *
 * @throws CaissonError `invalid-content`, `digest-mismatch`; blobs that had come by then are left to garbage collection.
 */
export async function readArchive(content: ContentStore, bytes: AsyncIterable<Uint8Array>, options: { name: string; signal?: AbortSignal }): Promise<ArchivedImage[]> {
  const files = await ingestAll(content, bytes, options);
  if (files.small.has('index.json') && files.small.has('oci-layout')) return layoutImages(content, files, options.name);
  if (files.small.has('manifest.json')) return dockerImages(content, files, options.name);
  throw new CaissonError('invalid-content', `${options.name} is not an image archive: neither manifest.json nor index.json is in it`, {
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

async function ingestAll(content: ContentStore, bytes: AsyncIterable<Uint8Array>, { name, signal }: { name: string; signal?: AbortSignal }): Promise<ArchiveFiles> {
  const files: ArchiveFiles = { blobs: new Map(), small: new Map(), links: new Map() };
  for await (const { path, header, data } of archiveFiles(bytes, name)) await take(content, files, path, header, data, signal);
  return files;
}

const documents = new Set(['index.json', 'oci-layout', 'manifest.json', 'repositories']);

async function take(content: ContentStore, files: ArchiveFiles, path: string, header: Header, data: AsyncIterable<Uint8Array>, signal: AbortSignal | undefined): Promise<void> {
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
  await using writer = await content.writer({ ref: expected?.digest ?? `archive ${randomUUID()}`, ...(expected ? { expected } : {}), ...(signal ? { signal } : {}) });
  if (expected && (await content.stat(expected.digest))) {
    await writer.truncate();
    await passOver(data);
    files.blobs.set(path, expected);
    return;
  }
  await writer.truncate();
  for await (const piece of data) await writer.write(piece);
  files.blobs.set(path, { digest: await writer.commit(), size });
}

async function layoutImages(content: ContentStore, files: ArchiveFiles, name: string): Promise<ArchivedImage[]> {
  const bytes = files.small.get('index.json') ?? new Uint8Array();
  const index = parseManifest(bytes, mediaTypes.index, `index.json of ${name}`);
  if (!isIndex(index)) throw new CaissonError('invalid-content', `index.json of ${name} is not an index`);
  const images = new Map<Digest, { root: Descriptor; names: Reference[] }>();
  for (const entry of index.manifests) {
    if (!(await content.stat(entry.digest))) throw new CaissonError('invalid-content', `${name} names the manifest ${entry.digest} but does not contain it`);
    const { annotations, ...root } = entry;
    const image: { root: Descriptor; names: Reference[] } = images.get(entry.digest) ?? { root, names: [] };
    const full = annotations?.['io.containerd.image.name'] ?? annotations?.['org.opencontainers.image.ref.name'];
    const reference = full === undefined ? undefined : tryReference(full);
    if (reference) image.names.push(reference);
    images.set(entry.digest, image);
  }
  return [...images.values()];
}

/** A ref.name may be a mere tag (`latest`), which names no repository. */
function tryReference(text: string): Reference | undefined {
  if (!/[:/@]/.test(text)) return undefined;
  try {
    return parseReference(text);
  } catch {
    return undefined;
  }
}

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
    images.push({ root, names: (RepoTags ?? []).map(parseReference) });
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

interface DockerManifestEntry {
  readonly Config: string;
  readonly RepoTags?: string[] | null;
  readonly Layers: string[];
}

function parseDockerManifest(bytes: Uint8Array, name: string): DockerManifestEntry[] {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder().decode(bytes));
  } catch (cause) {
    throw new CaissonError('invalid-content', `manifest.json of ${name} is not JSON`, { cause });
  }
  const isEntry = (value: unknown): value is DockerManifestEntry => {
    const { Config, Layers, RepoTags } = (value ?? {}) as Record<string, unknown>;
    const texts = (list: unknown) => Array.isArray(list) && list.every((item) => typeof item === 'string');
    return typeof Config === 'string' && texts(Layers) && (RepoTags == null || texts(RepoTags));
  };
  if (!Array.isArray(json) || !json.every(isEntry)) throw new CaissonError('invalid-content', `manifest.json of ${name} is not a list of images`);
  return json;
}
