import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  CaissonError,
  documentBytes,
  mediaTypes,
  platformFit,
  sha256,
  takeLease,
  Task,
  formatPlatform,
  type BuildEvent,
  type BuildRecord,
  type BuildRequest,
  type BuildResult,
  type BuiltImage,
  type CacheEntry,
  type Descriptor,
  type DockerfileText,
  type ImageBuilder,
  type Index,
  type Platform,
  type PruneCacheOptions,
  type PrunedCache,
  type ContainerDefaults,
} from '@caisson/core';
import { parseDockerfile, resolveStages } from '@caisson/dockerfile';
import { BuildCache } from './cache/build-cache.js';
import { buildHistory, recordBuild } from './cache/build-records.js';
import { boundCache, cacheUsage, pruneCache } from './cache/cache-usage.js';
import { applyChanges } from './changes.js';
import { Explainer } from './cache/explain.js';
import { exportCaches, inlineRecords } from './cache/export-cache.js';
import { importCaches } from './cache/import-cache.js';
import { LayerStore } from './cache/layer-store.js';
import { imageDocuments, type ImageDraft } from './config/image-draft.js';
import { Contexts } from './context/contexts.js';
import { buildDates } from './dates.js';
import { attest, type Materials } from './export/attestations.js';
import { checkOutputs } from './export/check-outputs.js';
import { writeOutputs } from './export/outputs.js';
import { putDocument } from './export/put-document.js';
import { squash } from './export/squash.js';
import { problemError } from './faults.js';
import { BuildGraph } from './graph/build-graph.js';
import type { BuilderHost, Execution } from './host.js';
import { misspelt } from './graph/misspelt.js';
import { isLeftOver, ownedName } from './owned-name.js';
import type { Session } from './session.js';

/** Builds images from Dockerfiles on a store. Several builds, of this or other processes, may go on at once. */
export class Builder implements ImageBuilder {
  readonly #host: BuilderHost;

  constructor(host: BuilderHost) {
    this.#host = host;
  }

  build(request: BuildRequest, options: { readonly signal?: AbortSignal } = {}): Task<BuildResult, BuildEvent> {
    return new Task(async (report) => {
      const result = await this.#run(request, report, options.signal);
      if (result.steps.cached < result.steps.total) await boundCache(this.#host);
      return result;
    });
  }

  async dockerfile(request: BuildRequest, { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {}): Promise<DockerfileText> {
    const scratch = join(this.#host.scratchFolder, ownedName());
    mkdirSync(scratch, { recursive: true, mode: 0o700 });
    try {
      return await new Contexts({ host: this.#host, cache: new BuildCache(this.#host.db, this.#host.content), request, signal, scratch }).dockerfile();
    } finally {
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  cacheUsage(): Promise<readonly CacheEntry[]> {
    return Promise.resolve(cacheUsage(this.#host));
  }

  pruneCache(options: PruneCacheOptions = {}): Promise<PrunedCache> {
    return pruneCache(this.#host, options);
  }

  history(): Promise<readonly BuildRecord[]> {
    return Promise.resolve(buildHistory(this.#host.db));
  }

  applyChanges(config: ContainerDefaults, instructions: readonly string[]): ContainerDefaults {
    return applyChanges(config, instructions);
  }

  async #run(request: BuildRequest, report: (event: BuildEvent) => void, signal: AbortSignal | undefined): Promise<BuildResult> {
    const host = this.#host;
    const begun = Date.now();
    const steps = { total: 0, cached: 0 };
    checkOutputs(request.outputs ?? []);
    const ended = new AbortController();
    const cancel = () => ended.abort(new CaissonError('cancelled', 'the build was cancelled', { cause: signal?.reason }));
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    const scratch = join(host.scratchFolder, ownedName());
    using lease = takeLease(host.db);
    const cache = new BuildCache(host.db, host.content);
    const contexts = new Contexts({ host, cache, request, signal: ended.signal, scratch });
    let execution: ReturnType<BuilderHost['execution']> | undefined;
    let parsed: ReturnType<Session['dockerfile']> | undefined;
    const session: Session = {
      host,
      request,
      signal: ended.signal,
      fail: (error) => ended.abort(error),
      report: (event) => {
        if (event.type === 'done') {
          steps.total++;
          if (event.cached) steps.cached++;
        }
        report(event);
      },
      lease,
      cache,
      layers: new LayerStore(host, scratch),
      contexts,
      scratch,
      dates: buildDates(request),
      running: new Map(),
      declaredArgs: new Set(),
      dockerfile: () => (parsed ??= contexts.dockerfile().then(({ text, name }) => ({ file: parseDockerfile(text, { file: name }), name }))),
      bases: new Map(),
      execution: () => (execution ??= this.#execution()),
    };
    const recordEnd = recordBuild(host.db, request);
    try {
      mkdirSync(scratch, { recursive: true, mode: 0o700 });
      sweep(host.scratchFolder);
      await importCaches(session);
      const platforms = request.platforms?.length ? request.platforms : [host.platform];
      const built = await allOf(platforms.map(async (platform): Promise<Built> => ({ platform, draft: await this.#solve(session, platform, platforms.length > 1) })));
      for (const message of misspelt(request, (await session.dockerfile()).file, session.declaredArgs)) report({ type: 'warning', message });
      // Before the image has its name: a build that fails has none.
      await exportCaches(session, built.map(({ draft }) => draft));
      const result = await this.#finish(session, built, new Date(begun));
      recordEnd(steps, { result });
      return { ...result, steps };
    } catch (thrown) {
      // What a step was told when it was stopped is not why the build failed.
      const error: unknown = ended.signal.aborted && ended.signal.reason instanceof Error ? ended.signal.reason : thrown;
      recordEnd(steps, { error });
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
      cache.flush();
      contexts.save();
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  /** What RUN needs, and nothing left there of builds that were killed. */
  async #execution(): Promise<Execution> {
    const execution = await this.#host.execution();
    for await (const { name, kind } of execution.snapshotter.list()) {
      if (kind === 'committed' || !isLeftOver(name)) continue;
      await execution.runtime.delete(name, { force: true });
      await execution.snapshotter.remove(name);
    }
    return execution;
  }

  async #solve(session: Session, platform: Platform, several: boolean): Promise<ImageDraft> {
    const { request, host } = session;
    const { file: parsed, name } = await session.dockerfile();
    const file = resolveStages(parsed, {
      buildArgs: request.buildArgs ?? {},
      targetPlatform: platform,
      buildPlatform: host.platform,
      ...(request.target === undefined ? {} : { target: request.target }),
    });
    const [problem] = file.errors;
    if (problem) throw problemError(problem, name);
    const where = request.context.kind === 'folder' ? request.context.path : request.context.kind;
    const explainer = new Explainer(host.db, host.cacheFolder, JSON.stringify([where, name, request.target ?? '', formatPlatform(platform)]));
    const draft = await new BuildGraph({ session, file, fileName: name, platform, explainer, prefix: several ? `${formatPlatform(platform)}/` : '' }).solve();
    if (Object.keys(request.labels ?? {}).length > 0) draft.config.Labels = { ...draft.config.Labels, ...request.labels };
    if (request.squash) {
      const range = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 1, offset: 0 } };
      await squash({ session, explainer, instruction: 'squash', noCache: request.noCache ?? false, info: { id: 'squash', stage: '', title: 'squash', range } }, draft);
    }
    // The base's layers stay in their registry until something reads them; an archive must have them in it.
    if (request.outputs?.some(({ type }) => type === 'oci' || type === 'docker')) await session.layers.ensure(draft.diffIds, session.signal);
    else await session.layers.leave(draft.diffIds, session.signal);
    return draft;
  }

  /** Makes the image of what was solved, hands it to the outputs, and records it where the store is one of them. */
  async #finish(session: Session, built: readonly Built[], started: Date): Promise<Omit<BuildResult, 'steps'>> {
    const { host, request } = session;
    const images: BuiltImage[] = [];
    const manifests: Descriptor[] = [];
    const attestations: Descriptor[] = [];
    for (const { draft, platform } of built) {
      const { config, manifest } = imageDocuments(draft, manifestAnnotations(request, 'manifest'), inlineRecords(session, draft));
      // Held first, so that what is there stays: a cached build writes nothing.
      session.lease.hold(config.descriptor.digest, manifest.descriptor.digest);
      for (const { descriptor, bytes } of [config, manifest]) if (!(await host.content.stat(descriptor.digest))) await putDocument(host.content, descriptor, bytes);
      const image = { platform, manifest: manifest.descriptor, imageId: config.descriptor.digest, config: config.value };
      images.push(image);
      manifests.push({ ...manifest.descriptor, platform });
      const attestation = await attest(session, image, draft, await this.#materials(session), started);
      if (attestation) attestations.push(attestation);
    }
    const [first] = images;
    if (!first) throw new CaissonError('internal', 'nothing was built');
    const own = images.find((image) => platformFit(host.platform, image.platform) > 0) ?? first;
    const root = images.length === 1 && attestations.length === 0 ? first.manifest : await this.#index([...manifests, ...attestations], manifestAnnotations(request, 'index'));
    session.lease.hold(root.digest);
    const pushed = await writeOutputs(session, { root, images, built });
    const names = [...(request.tags ?? []), ...(request.outputs ?? []).flatMap((output) => (output.type === 'image' ? (output.names ?? []) : []))];
    if (!request.outputs?.length || request.outputs.some((output) => output.type === 'image' && output.store !== false)) await host.images.put({ target: root, id: own.imageId }, names);
    return { root, imageId: own.imageId, images, ...(pushed.length > 0 ? { pushed } : {}) };
  }

  async #materials({ contexts, bases }: Session): Promise<Materials> {
    const { text, name } = await contexts.dockerfile();
    return { dockerfile: { text, name }, bases: [...bases.values()] };
  }

  async #index(manifests: readonly Descriptor[], annotations: Readonly<Record<string, string>>): Promise<Descriptor> {
    const index: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests, ...(Object.keys(annotations).length > 0 ? { annotations } : {}) };
    const bytes = documentBytes(index);
    const descriptor = { mediaType: mediaTypes.index, digest: sha256(bytes), size: bytes.byteLength };
    await putDocument(this.#host.content, descriptor, bytes);
    return descriptor;
  }
}

interface Built {
  readonly draft: ImageDraft;
  readonly platform: Platform;
}

/** All results; or, when nothing goes on any more, the error of the first that failed. */
async function allOf<T>(work: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(work);
  return Promise.all(work);
}

/** Annotations for one kind of document: `index:key` is for the index, a key without a kind for the manifest. */
function manifestAnnotations({ annotations = {} }: BuildRequest, kind: 'manifest' | 'index'): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).flatMap(([key, value]) => {
      const [, kinds, own] = /^((?:(?:manifest|index)(?:,|(?=:)))+):(.+)$/.exec(key) ?? [undefined, 'manifest', key];
      return kinds?.split(',').includes(kind) ? [[own, value]] : [];
    }),
  );
}

/** Removes what builds that were killed have left. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) if (isLeftOver(name)) rmSync(join(folder, name), { recursive: true, force: true });
}
