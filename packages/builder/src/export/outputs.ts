import { join } from 'node:path';
import { CaissonError, copy, formatPlatform, ImageArchive, LayerOrigins, piped, storeSource, TarWriter, type ArchiveOutput, type BuildOutput, type BuildResult, type BuiltImage, type Descriptor, type ImageSink, type Platform } from '@caisson/core';
import type { ImageDraft } from '../config/image-draft.js';
import { writeEntry } from '../copy/write-layer.js';
import type { Session } from '../session.js';
import { compressed } from './compressed.js';
import { writeTo } from './file-output.js';
import { writeLocal } from './local-output.js';
import { rootEntries } from './root-files.js';
import type { PlannedEntry } from '../copy/layer-plan.js';

/** A build's result that is to be handed out. Its documents and layers are in the store. */
export interface Finished {
  readonly root: Descriptor;
  readonly images: readonly BuiltImage[];
  readonly built: readonly { readonly draft: ImageDraft; readonly platform: Platform }[];
}

type Pushed = NonNullable<BuildResult['pushed']>;

/** Hands a build's result to each of its outputs, one after the other; `image` is the store's and not for here, but for its push. Tells what was pushed. */
export async function writeOutputs(session: Session, finished: Finished): Promise<Pushed> {
  const pushed: Pushed[number][] = [];
  for (const output of session.request.outputs ?? []) {
    switch (output.type) {
      case 'image':
        if (output.push) pushed.push(...(await push(session, finished, output)));
        break;
      case 'oci':
      case 'docker':
        await writeImageArchive(session, finished, output);
        break;
      case 'tar':
        await writeTo(output.destination, rootTar(await onlyRoot(session, finished, 'tar')));
        break;
      case 'local':
        for (const { draft, platform } of finished.built) {
          const folder = finished.built.length === 1 ? output.destination : join(output.destination, formatPlatform(platform).replaceAll('/', '_'));
          writeLocal(folder, await entriesOf(session, draft), output.mode === 'delete');
        }
    }
  }
  return pushed;
}

async function push({ host, signal, request }: Session, { root }: Finished, { names = request.tags ?? [], compression = { type: 'gzip' }, pushByDigest = false }: Extract<BuildOutput, { type: 'image' }>): Promise<Pushed> {
  if (names.length === 0) throw new CaissonError('invalid-argument', 'an image needs a name to be pushed', { hint: 'give it one with -t' });
  const registry = await host.registry();
  const pushed: Pushed[number][] = [];
  for (const name of names) {
    const sink = registry.sink(name);
    pushed.push({ name, root: await copy(storeSource(host.content, root, 'the build', new LayerOrigins(host.db)), pushByDigest ? unnamed(sink) : sink, { platforms: 'all', ...compressed(host, compression), signal }) });
  }
  return pushed;
}

/** A sink that gives the image no name: it is there under its digest. */
function unnamed(sink: ImageSink): ImageSink {
  return {
    name: sink.name,
    ...(sink.keepsWhole ? { keepsWhole: true } : {}),
    has: (...args) => sink.has(...args),
    putBlob: (...args) => sink.putBlob(...args),
    ...(sink.putMade ? { putMade: sink.putMade.bind(sink) } : {}),
    putManifest: (descriptor, bytes, options) => sink.putManifest(descriptor, bytes, { ...options, root: false }),
    finish: () => Promise.resolve(),
  };
}

/** Both kinds are one: a tar that is an OCI layout and a docker-archive at once. */
async function writeImageArchive({ host, signal, request }: Session, { root }: Finished, { destination, compression = { type: 'uncompressed' } }: ArchiveOutput): Promise<void> {
  const bytes = piped(async (write, call) => {
    const archive = new ImageArchive(write);
    // One by one, so that the archive is the same each time.
    await copy(storeSource(host.content, root, 'the build'), archive.sink(request.tags ?? []), { platforms: 'all', concurrency: 1, ...compressed(host, compression), signal: call });
    await archive.finish();
  }, signal);
  await writeTo(destination, bytes);
}

function onlyRoot(session: Session, { built }: Finished, type: string): Promise<PlannedEntry[]> {
  const [first, second] = built;
  if (!first || second) return Promise.reject(new CaissonError('invalid-argument', `the output ${type} can hold one platform only`, { hint: 'build one platform at a time, or use type=local' }));
  return entriesOf(session, first.draft);
}

async function entriesOf(session: Session, draft: ImageDraft): Promise<PlannedEntry[]> {
  const { layers, signal } = session;
  return rootEntries(await layers.tree(draft.diffIds, signal), layers, signal);
}

/** The root file system as one tar, in pieces. */
function* rootTar(entries: readonly PlannedEntry[]): Generator<Uint8Array> {
  const pieces: Uint8Array[] = [];
  // The writer uses its buffer again.
  const tar = new TarWriter((chunk) => pieces.push(Uint8Array.from(chunk)));
  for (const planned of entries) {
    for (const _ of writeEntry(tar, undefined, planned)) yield* pieces.splice(0);
    yield* pieces.splice(0);
  }
  tar.finish();
  yield* pieces;
}
