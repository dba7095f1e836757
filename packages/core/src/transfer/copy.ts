import { CaissonError } from '../errors.js';
import { choosePlatform } from '../content/image.js';
import type { Descriptor } from '../model/descriptor.js';
import { sha256, type Digest } from '../model/digest.js';
import type { Index, Manifest } from '../model/manifest.js';
import { isForeignLayer, isIndexType } from '../model/media-type.js';
import { documentBytes, isIndex, maxDocumentBytes, parseManifest } from '../model/parse.js';
import { formatPlatform, hostPlatform, type Platform } from '../model/platform.js';
import { throwIfAborted, type OnProgress } from '../progress.js';
import { aboutRenamed, isAbout } from './attestations.js';
import type { ImageSink, ImageSource } from './image-source.js';
import { eachLimited } from './limited.js';

export interface CopyOptions {
  /** Which of an index's images: by default the one for this host. `all` takes the index as it is, `available` whatever of it the source has. */
  readonly platforms?: readonly Platform[] | 'all' | 'available';
  /** Called for each layer of a manifest before it is sent: gives the form it is to have in the sink (see `compressLayers`). */
  readonly transformLayer?: LayerTransform;
  /** Blobs moved at once; default 4. */
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: OnProgress;
}

/** Makes another blob of a layer. `source` is to be read for it instead, unless it was `sent` already; `release` is called when it has been sent. */
export interface LayerTransform {
  (
    layer: Descriptor,
    diffId: Descriptor['digest'] | undefined,
    context: { source: ImageSource; sink: ImageSink; signal?: AbortSignal; onProgress?: OnProgress },
  ): Promise<{ descriptor: Descriptor; source: Pick<ImageSource, 'blob'>; sent?: boolean; release?: () => Promise<void> }>;
  /** What it made of the layer before, if it has; nothing is read for it. */
  known(layer: Descriptor, diffId: Descriptor['digest'] | undefined): Descriptor | undefined;
}

/**
 * Copies an image: pull, push, save, load, import, export and mirror are all this. Blobs go first, in parallel, each only once and only if the sink
 * lacks it; then the manifests, then the root; then the sink gives it its name. Returns the root that the sink now has: its digest
 * differs from the source's where layers were transformed or platforms left out of an index that must be whole.
 *
 * @throws CaissonError of either side; what has arrived by then stays and is not sent again.
 */
export async function copy(source: ImageSource, sink: ImageSink, options: CopyOptions = {}): Promise<Descriptor> {
  const signalOption = options.signal ? { signal: options.signal } : {};
  if (source.rootfs && sink.putRootfs) return sink.putRootfs(source.rootfs(signalOption), signalOption);
  const root = await source.resolve(signalOption);
  const bytes = await readDocument(source, root, options);
  const document = parseManifest(bytes, root.mediaType, source.name);
  const copied = isIndex(document) ? await copyIndex(source, sink, root, document, bytes, options) : await copyManifest(source, sink, root, document, bytes, true, options);
  await sink.finish(copied, signalOption);
  return copied;
}

async function copyIndex(source: ImageSource, sink: ImageSink, root: Descriptor, index: Index, bytes: Uint8Array, options: CopyOptions): Promise<Descriptor> {
  const chosen = await chooseManifests(source, index, options);
  const replaced = new Map<Descriptor, Descriptor>();
  const renamed = new Map<Digest, Descriptor>();
  const attestations = chosen.filter((child) => child.annotations?.['vnd.docker.reference.type'] === 'attestation-manifest');
  // These last: what they are about may become something else on the way.
  for (const child of [...chosen.filter((one) => !attestations.includes(one)), ...attestations]) {
    throwIfAborted(options.signal);
    const childBytes = await readDocument(source, child, options);
    if (isAbout(child, renamed)) {
      const now = await aboutRenamed(source, child, childBytes, renamed, options.signal ? { signal: options.signal } : {});
      replaced.set(child, await copyManifest(now.source, sink, now.descriptor, now.manifest, now.bytes, false, options));
      continue;
    }
    const document = parseManifest(childBytes, child.mediaType, source.name);
    const copied = isIndex(document)
      ? await copyIndex(source, sink, child, document, childBytes, options)
      : await copyManifest(source, sink, child, document, childBytes, false, options);
    if (copied.digest === child.digest) continue;
    replaced.set(child, copied);
    renamed.set(child.digest, copied);
  }
  if (replaced.size === 0) {
    await sink.putManifest(root, bytes, { root: true, ...(options.signal ? { signal: options.signal } : {}) });
    return root;
  }
  const manifests = index.manifests.map((child) => {
    const other = replaced.get(child);
    return other ? { ...child, ...other } : child;
  });
  return put(sink, { ...index, manifests }, root, true, options);
}

/** Which of an index's parts are to be copied. */
async function chooseManifests(source: ImageSource, index: Index, options: CopyOptions): Promise<readonly Descriptor[]> {
  const { platforms = [hostPlatform()] } = options;
  if (platforms === 'all') return index.manifests;
  if (platforms !== 'available') return [...new Set(platforms.map((platform) => choosePlatform(index.manifests, platform, source.name)))];
  const there: Descriptor[] = [];
  for (const child of index.manifests) {
    try {
      await source.document(child);
      there.push(child);
    } catch (error) {
      if (!(error instanceof CaissonError) || error.code !== 'not-found') throw error;
    }
  }
  return there;
}

async function copyManifest(source: ImageSource, sink: ImageSink, descriptor: Descriptor, manifest: Manifest, bytes: Uint8Array, isRoot: boolean, options: CopyOptions): Promise<Descriptor> {
  const { signal, onProgress, transformLayer, concurrency = 4 } = options;
  const context = { source, sink, ...(signal ? { signal } : {}), ...(onProgress ? { onProgress } : {}) };
  const diffIds = transformLayer ? await readDiffIds(source, manifest, options) : [];
  const foreseen = await alreadyThere(sink, descriptor, manifest, bytes, diffIds, isRoot, options);
  if (foreseen?.named) return foreseen.descriptor;
  if (foreseen) {
    await sink.putManifest(foreseen.descriptor, foreseen.bytes, { root: isRoot, ...(signal ? { signal } : {}) });
    return foreseen.descriptor;
  }
  const layers: Descriptor[] = [];
  const sent = new Set<string>();

  await eachLimited([manifest.config, ...manifest.layers], concurrency, async (blob, place) => {
    throwIfAborted(signal);
    const isLayer = place > 0;
    const once = !sent.has(blob.digest);
    sent.add(blob.digest);
    if (isLayer && transformLayer) {
      const made = await transformLayer(blob, diffIds[place - 1], context);
      layers[place - 1] = made.descriptor;
      try {
        if (once && !made.sent) await sendBlob(source, made.source, sink, made.descriptor, options);
      } finally {
        await made.release?.();
      }
      return;
    }
    if (isLayer) layers[place - 1] = blob;
    if (once) await sendBlob(source, source, sink, blob, options);
  }, signal);

  if (layers.every((layer, place) => layer.digest === manifest.layers[place]?.digest)) {
    await sink.putManifest(descriptor, bytes, { root: isRoot, ...(signal ? { signal } : {}) });
    return descriptor;
  }
  return put(sink, { ...manifest, layers }, descriptor, isRoot, options);
}

/** The manifest as it would be in the sink, if it can be foreseen and the sink has it: then so are its parts, and one question was enough. */
async function alreadyThere(sink: ImageSink, before: Descriptor, manifest: Manifest, bytes: Uint8Array, diffIds: readonly Descriptor['digest'][], isRoot: boolean, { transformLayer, signal, onProgress }: CopyOptions): Promise<{ descriptor: Descriptor; bytes: Uint8Array; named: boolean } | undefined> {
  if (!sink.keepsWhole) return undefined;
  const layers = manifest.layers.flatMap((layer, place) => (transformLayer ? (transformLayer.known(layer, diffIds[place]) ?? []) : layer));
  if (layers.length < manifest.layers.length) return undefined;
  const same = layers.every((layer, place) => layer.digest === manifest.layers[place]?.digest);
  const made = same ? bytes : documentBytes({ ...manifest, layers });
  const descriptor = same ? before : { ...before, mediaType: manifest.mediaType, digest: sha256(made), size: made.byteLength };
  // The name itself first: when it stands for this very manifest, one question was all.
  const named = isRoot && (await sink.current?.(signal ? { signal } : {})) === descriptor.digest;
  if (!named && !(await sink.has(descriptor, signal ? { signal } : {}))) return undefined;
  for (const { digest, size } of [manifest.config, ...layers]) onProgress?.({ id: digest, status: 'already exists', current: size, total: size });
  return { descriptor, bytes: made, named };
}

async function readDiffIds(source: ImageSource, manifest: Manifest, options: CopyOptions): Promise<Descriptor['digest'][]> {
  const config = JSON.parse(new TextDecoder().decode(await readDocument(source, manifest.config, options))) as { rootfs?: { diff_ids?: Descriptor['digest'][] } };
  return config.rootfs?.diff_ids ?? [];
}

async function sendBlob(source: ImageSource, from: Pick<ImageSource, 'blob'>, sink: ImageSink, blob: Descriptor, options: CopyOptions): Promise<void> {
  const { signal, onProgress } = options;
  const signalOption = signal ? { signal } : {};
  const id = blob.digest;
  if (await sink.has(blob, signalOption)) {
    onProgress?.({ id, status: 'already exists', current: blob.size, total: blob.size });
    return;
  }
  if (isForeignLayer(blob.mediaType) && (blob.urls?.length ?? 0) > 0 && source.has && !(await source.has(blob))) {
    onProgress?.({ id, status: 'left where it is', current: 0, total: blob.size });
    return;
  }
  onProgress?.({ id, status: 'waiting', current: 0, total: blob.size });
  const mountFrom = source.mountFrom ?? source.mountBlobFrom?.(blob);
  await sink.putBlob(blob, (offset) => from.blob(blob, { offset, ...signalOption }), {
    ...signalOption,
    ...(mountFrom ? { mountFrom } : {}),
    onBytes: (current) => onProgress?.({ id, status: isForeignLayer(blob.mediaType) ? 'copying foreign layer' : 'copying', current, total: blob.size }),
  });
  onProgress?.({ id, status: 'done', current: blob.size, total: blob.size });
}

async function put(sink: ImageSink, document: Manifest | Index, before: Descriptor, root: boolean, options: CopyOptions): Promise<Descriptor> {
  const bytes = documentBytes(document);
  const descriptor = { ...before, mediaType: document.mediaType, digest: sha256(bytes), size: bytes.byteLength };
  await sink.putManifest(descriptor, bytes, { root, ...(options.signal ? { signal: options.signal } : {}) });
  return descriptor;
}

async function readDocument(source: ImageSource, descriptor: Descriptor, options: CopyOptions): Promise<Uint8Array> {
  if (descriptor.size > maxDocumentBytes) {
    const what = isIndexType(descriptor.mediaType) ? 'index' : descriptor.platform ? `manifest for ${formatPlatform(descriptor.platform)}` : 'manifest';
    throw new CaissonError('limit-exceeded', `the ${what} ${descriptor.digest} of ${source.name} claims ${descriptor.size} bytes; ${maxDocumentBytes} are the limit`);
  }
  return source.document(descriptor, options.signal ? { signal: options.signal } : {});
}

