import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import {
  bootId,
  CaissonError,
  documentBytes,
  isAlive,
  mediaTypes,
  platformFit,
  selfIdentity,
  sha256,
  takeLease,
  Task,
  formatPlatform,
  type BuildEvent,
  type BuildRequest,
  type BuildResult,
  type BuiltImage,
  type Descriptor,
  type ImageBuilder,
  type Index,
  type Platform,
} from '@caisson/core';
import { parseDockerfile, resolveStages } from '@caisson/dockerfile';
import { BuildCache } from './cache/build-cache.js';
import { Explainer } from './cache/explain.js';
import { LayerStore } from './cache/layer-store.js';
import { imageDocuments, type ImageDraft } from './config/image-draft.js';
import { Contexts } from './context/contexts.js';
import { buildDates } from './dates.js';
import { problemError } from './faults.js';
import { BuildGraph } from './graph/build-graph.js';
import type { BuilderHost } from './host.js';
import type { Session } from './session.js';

/** Builds images from Dockerfiles on a store. Several builds, of this or other processes, may go on at once. */
export class Builder implements ImageBuilder {
  readonly #host: BuilderHost;

  constructor(host: BuilderHost) {
    this.#host = host;
  }

  build(request: BuildRequest, options: { readonly signal?: AbortSignal } = {}): Task<BuildResult, BuildEvent> {
    return new Task((report) => this.#run(request, report, options.signal));
  }

  async #run(request: BuildRequest, report: (event: BuildEvent) => void, signal: AbortSignal | undefined): Promise<BuildResult> {
    checkSupported(request);
    const host = this.#host;
    const steps = { total: 0, cached: 0 };
    const ended = new AbortController();
    const cancel = () => ended.abort(new CaissonError('cancelled', 'the build was cancelled', { cause: signal?.reason }));
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    const { pid, started } = selfIdentity();
    const scratch = join(host.scratchFolder, `build-${pid}-${started}-${randomUUID()}`);
    using lease = takeLease(host.db);
    const cache = new BuildCache(host.db, host.content);
    const contexts = new Contexts({ host, cache, request, signal: ended.signal, scratch });
    let execution: ReturnType<BuilderHost['execution']> | undefined;
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
      execution: () => (execution ??= host.execution()),
    };
    try {
      mkdirSync(scratch, { recursive: true, mode: 0o700 });
      sweep(host.scratchFolder);
      const platforms = request.platforms?.length ? request.platforms : [host.platform];
      const built: { draft: ImageDraft; platform: Platform }[] = [];
      for (const platform of platforms) built.push({ platform, draft: await this.#solve(session, platform, platforms.length > 1) });
      return { ...(await this.#record(session, built)), steps };
    } catch (error) {
      // What a step was told when it was stopped is not why the build failed.
      throw ended.signal.aborted && ended.signal.reason instanceof Error ? ended.signal.reason : error;
    } finally {
      signal?.removeEventListener('abort', cancel);
      cache.flush();
      contexts.save();
      rmSync(scratch, { recursive: true, force: true });
    }
  }

  async #solve(session: Session, platform: Platform, several: boolean): Promise<ImageDraft> {
    const { request, host } = session;
    const { text, name } = await session.contexts.dockerfile();
    const file = resolveStages(parseDockerfile(text, { file: name }), {
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
    // A result is whole: what the base's registry still has comes now.
    await session.layers.ensure(draft.diffIds, session.signal);
    return draft;
  }

  async #record(session: Session, built: readonly { draft: ImageDraft; platform: Platform }[]): Promise<Omit<BuildResult, 'steps'>> {
    const { host, request } = session;
    const images: BuiltImage[] = [];
    for (const { draft, platform } of built) {
      const { config, manifest } = imageDocuments(draft, request.annotations ?? {});
      await this.#put(config.descriptor, config.bytes);
      await this.#put(manifest.descriptor, manifest.bytes);
      images.push({ platform, manifest: manifest.descriptor, imageId: config.descriptor.digest, config: config.value });
    }
    const [first] = images;
    if (!first) throw new CaissonError('internal', 'nothing was built');
    const own = images.find((image) => platformFit(host.platform, image.platform) > 0) ?? first;
    const root = images.length === 1 ? first.manifest : await this.#index(images);
    await host.images.put({ target: root, id: own.imageId }, request.tags ?? []);
    return { root, imageId: own.imageId, images };
  }

  async #index(images: readonly BuiltImage[]): Promise<Descriptor> {
    const index: Index = { schemaVersion: 2, mediaType: mediaTypes.index, manifests: images.map(({ manifest, platform }) => ({ ...manifest, platform })) };
    const bytes = documentBytes(index);
    const descriptor = { mediaType: mediaTypes.index, digest: sha256(bytes), size: bytes.byteLength };
    await this.#put(descriptor, bytes);
    return descriptor;
  }

  async #put(descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
    await using writer = await this.#host.content.writer({ ref: descriptor.digest, expected: descriptor });
    if (await this.#host.content.stat(descriptor.digest)) return;
    await writer.truncate();
    await writer.write(bytes);
    await writer.commit();
  }
}

/** Removes what builds that were killed have left. */
function sweep(folder: string): void {
  for (const name of readdirSync(folder)) {
    const [, pid, started] = /^build-(\d+)-(\d+)-/.exec(name) ?? [];
    if (pid !== undefined && !isAlive({ pid: Number(pid), started: Number(started), boot: bootId() })) rmSync(join(folder, name), { recursive: true, force: true });
  }
}

/** What a request may ask for and this builder does not do is an error that names it. */
function checkSupported(request: BuildRequest): void {
  const asked: Record<string, unknown> = {
    'joining the layers of a build (--squash)': request.squash,
    'outputs other than an image in the store': request.outputs?.some((output) => output.type !== 'image' || output.push),
    'importing a build cache': request.cacheFrom?.length,
    'exporting a build cache': request.cacheTo?.length,
    'provenance attestations': request.provenance,
    'SBOM attestations': request.sbom,
  };
  for (const [what, wanted] of Object.entries(asked)) if (wanted) throw new CaissonError('unsupported', `${what} is not supported`);
}
