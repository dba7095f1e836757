import { pack } from 'tar-stream';
import { once } from 'node:events';
import type { ContentProvider } from '../content/content-store.js';
import { imageManifests } from '../content/image.js';
import type { Descriptor } from '../model/descriptor.js';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.js';
import type { Index, Manifest } from '../model/manifest.js';
import { isIndex, parseManifest } from '../model/parse.js';
import { familiarReference, type Reference } from '../model/reference.js';

export interface ArchivedImage {
  readonly root: Descriptor;
  readonly names: readonly Reference[];
}

/**
 * Images as one tar, in pieces: an OCI image layout (image-layout.md) that is also a docker-archive (`manifest.json`), as Docker has
 * written it since version 25. Blobs are stored as they are; parts of an index that the store does not have are left out.
 */
export async function* writeArchive(content: ContentProvider, images: readonly ArchivedImage[], signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const tar = pack();
  const work = fill(tar, content, images, signal).catch((error: unknown) => {
    tar.destroy(error as Error);
    throw error;
  });
  work.catch(() => {}); // told through the stream, and again by the await below
  yield* tar as AsyncIterable<Uint8Array>;
  await work;
}

type Pack = ReturnType<typeof pack>;

async function fill(tar: Pack, content: ContentProvider, images: readonly ArchivedImage[], signal: AbortSignal | undefined): Promise<void> {
  const written = new Set<Digest>();
  const blob = async ({ digest, size }: Descriptor): Promise<void> => {
    if (written.has(digest)) return;
    written.add(digest);
    const entry = tar.entry({ name: blobPath(digest), size, mtime: epoch, mode: 0o644 });
    for await (const piece of content.open(digest, signal ? { signal } : {})) if (!entry.write(piece)) await once(entry, 'drain');
    const finished = once(entry, 'finish');
    entry.end(null);
    await finished;
  };

  const dockerManifests: { Config: string; RepoTags: string[] | null; Layers: string[] }[] = [];
  const roots: Descriptor[] = [];
  await file(tar, 'oci-layout', '{"imageLayoutVersion":"1.0.0"}');
  for (const { root, names } of images) {
    let first = true;
    for (const { descriptor, manifest } of await readManifests(content, root)) {
      for (const part of [manifest.config, ...manifest.layers]) if (await content.stat(part.digest)) await blob(part);
      await blob(descriptor);
      // docker-archive has one image to a name: the first that an index lists and the store has.
      if (first) dockerManifests.push({ Config: blobPath(manifest.config.digest), RepoTags: names.length ? names.map(familiarReference) : null, Layers: manifest.layers.map((layer) => blobPath(layer.digest)) });
      first = false;
    }
    await blob(root);
    for (const name of names.length ? names : [undefined]) roots.push(name ? { ...root, annotations: { ...root.annotations, 'io.containerd.image.name': formatName(name), 'org.opencontainers.image.ref.name': name.tag ?? 'latest' } } : root);
  }
  await file(tar, 'index.json', JSON.stringify({ schemaVersion: 2, manifests: roots }));
  await file(tar, 'manifest.json', JSON.stringify(dockerManifests));
  tar.finalize();
}

async function readManifests(content: ContentProvider, root: Descriptor): Promise<{ descriptor: Descriptor; manifest: Manifest }[]> {
  const document = parseManifest(await content.read(root.digest), root.mediaType);
  if (!isIndex(document)) return [{ descriptor: root, manifest: document }];
  const found: { descriptor: Descriptor; manifest: Manifest }[] = [];
  for (const child of imageManifests((document as Index).manifests)) if (await content.stat(child.digest)) found.push(...(await readManifests(content, child)));
  return found;
}

const epoch = new Date(0);

const formatName = ({ domain, path, tag }: Reference) => `${domain}/${path}${tag === undefined ? '' : `:${tag}`}`;

function blobPath(digest: Digest): string {
  return `blobs/${digestAlgorithm(digest)}/${digestHex(digest)}`;
}

async function file(tar: Pack, name: string, text: string): Promise<void> {
  await new Promise<void>((resolve, reject) => tar.entry({ name, mtime: epoch, mode: 0o644 }, text, (error) => (error ? reject(error) : resolve())));
}

