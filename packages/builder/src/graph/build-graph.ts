import { CaissonError, contentSink, familiarReference, formatReference, isCaissonError, layoutSource, openImage, parseLayoutPlace, parseReference, withDefaultTag, parsePlatform, type BuildStepInfo, type Image, type Platform, type Reference } from '@caisson/core';
import { neededStages, suggest, type ResolvedFile, type ResolvedStage } from '@caisson/dockerfile';
import type { Explainer } from '../cache/explain.js';
import { ImageDraft } from '../config/image-draft.js';
import type { Session } from '../session.js';
import { contextSource, stackSource, type FileSource } from './file-source.js';
import { StageSolver, type StageNeeds } from './stage-solver.js';
import { stageTitle } from './step-infos.js';

export interface GraphOptions {
  readonly session: Session;
  readonly file: ResolvedFile;
  readonly fileName: string;
  readonly platform: Platform;
  readonly explainer: Explainer;
  /** In front of step IDs, where the build is for several platforms. */
  readonly prefix: string;
}

/**
 * The stages of one platform's build. Those that the target needs are all begun at once; each waits where it stands on or copies from
 * another. The first that fails ends the build.
 */
export class BuildGraph {
  readonly #options: GraphOptions;
  readonly #drafts = new Map<number, Promise<ImageDraft>>();

  constructor(options: GraphOptions) {
    this.#options = options;
  }

  async solve(): Promise<ImageDraft> {
    const { file, session } = this.#options;
    const { target } = file;
    if (!target) throw new CaissonError('invalid-content', 'the Dockerfile has no stage to build');
    const needed = new Set(neededStages(file));
    for (const stage of file.stages) if (!needed.has(stage)) session.report({ type: 'skipped', stage: stageTitle(file, stage), why: 'the target does not need it' });
    const all = [...needed].map((stage) => this.#stage(stage.index));
    // Every one is awaited, whichever fails first: nothing goes on behind the caller's back.
    const outcomes = await Promise.allSettled(all);
    const failed = outcomes.find((outcome) => outcome.status === 'rejected' && outcome.reason !== session.signal.reason) ?? outcomes.find((outcome) => outcome.status === 'rejected');
    if (failed?.status === 'rejected') throw failed.reason;
    return this.#stage(target.index);
  }

  #stage(index: number): Promise<ImageDraft> {
    let draft = this.#drafts.get(index);
    if (!draft) {
      const stage = this.#options.file.stages[index];
      if (!stage) throw new CaissonError('internal', `there is no stage ${index}`);
      this.#drafts.set(index, (draft = new StageSolver(this.#needs(), stage).solve()));
      draft.catch((error: unknown) => this.#options.session.fail(error));
    }
    return draft;
  }

  #needs(): StageNeeds {
    const { session, file, fileName, explainer, prefix } = this.#options;
    return { session, file, fileName, explainer, prefix, base: (stage, info) => this.#base(stage, info), source: (from) => this.#source(from) };
  }

  async #base(stage: ResolvedStage, info: BuildStepInfo): Promise<ImageDraft> {
    const { session, platform } = this.#options;
    const wanted = stage.platform === undefined ? platform : parsePlatform(stage.platform);
    const { base } = stage;
    if (base.kind === 'stage') {
      const draft = (await this.#stage(base.index)).copy();
      draft.origin = `the stage ${this.#options.file.stages[base.index]?.name ?? base.index}`;
      return draft;
    }
    if (base.kind === 'scratch') return ImageDraft.empty(wanted, session.dates.created);
    return this.#image(base.name, wanted, info);
  }

  async #image(name: string, platform: Platform, info?: BuildStepInfo): Promise<ImageDraft> {
    const { session } = this.#options;
    const { host, request, signal } = session;
    const named = request.namedContexts?.[name] ?? request.namedContexts?.[name.replace(/:latest$/, '')];
    if (named?.startsWith('oci-layout://')) return this.#layoutImage(named, platform);
    if (named !== undefined && !named.startsWith('docker-image://'))
      throw new CaissonError('unsupported', `the named context ${name} is not an image: FROM can stand on docker-image:// and oci-layout:// only`, { hint: 'use it with COPY --from' });
    const reference = withDefaultTag(parseReference(named === undefined ? name : named.slice('docker-image://'.length)));
    const image = await host.resolveImage(reference, { platform, pull: request.pull ?? false, signal });
    session.bases.set(formatReference(reference), { reference, digest: image.descriptor.digest });
    const draft = this.#draft(image, platform, (place, fetching) =>
      host.fetchLayer(reference, image, place, {
        ...(fetching ? { signal: fetching } : {}),
        ...(info ? { onProgress: (progress) => session.report({ type: 'progress', step: info.id, progress }) } : {}),
      }),
      reference,
    );
    draft.baseName = familiarReference(reference);
    draft.origin = `${draft.baseName}@${image.descriptor.digest}`;
    return draft;
  }

  /** `oci-layout://PATH`, `oci-layout://PATH:TAG` or `oci-layout://PATH@DIGEST`. */
  async #layoutImage(named: string, platform: Platform): Promise<ImageDraft> {
    const { host } = this.#options.session;
    const { folder, image: wanted } = parseLayoutPlace(named.slice('oci-layout://'.length));
    const source = layoutSource(folder, wanted);
    const image = await openImage((descriptor) => source.document(descriptor), await source.resolve(), { name: named, platform });
    return this.#draft(image, platform, async (place, fetching) => {
      const layer = image.manifest.layers[place];
      if (!layer) return;
      await contentSink(host.content, 'the store').putBlob(layer, (offset) => source.blob(layer, { offset }), fetching ? { signal: fetching } : {});
    });
  }

  #draft(image: Image, platform: Platform, fetch: (place: number, signal: AbortSignal | undefined) => Promise<void>, origin?: Reference): ImageDraft {
    const { session } = this.#options;
    session.lease.hold(image.descriptor.digest, image.manifest.config.digest, ...image.manifest.layers.map((layer) => layer.digest));
    const draft = ImageDraft.from(image, platform, session.dates.created);
    session.layers.add(draft.layers.map((layer, place) => ({ ...layer, fetch: (fetching) => fetch(place, fetching), ...(origin ? { origin } : {}) })));
    return draft;
  }

  async #source(from: string | undefined): Promise<FileSource> {
    const { session, file, platform } = this.#options;
    if (from === undefined) return contextSource('the build context', () => session.contexts.main());
    const named = session.request.namedContexts?.[from];
    if (named !== undefined && !/^(?:docker-image|oci-layout):\/\//.test(named)) {
      return contextSource(`the context ${from}`, () => session.contexts.named(from, named));
    }
    const stage = named === undefined ? findStage(file, from) : undefined;
    const draft = stage ? await this.#stage(stage.index) : await this.#image(from, platform).catch((error: unknown) => throwMeant(error, from, file));
    return stackSource(session, from, draft.layers, draft.chain, { os: draft.platform.os, baseLayers: stage ? draft.baseLayers : 0 });
  }
}

/** Whoever misspells a stage asks for an image of that name. */
function throwMeant(error: unknown, name: string, { stages }: ResolvedFile): never {
  const near = suggest(name, stages.flatMap((stage) => stage.name ?? []));
  if (near === undefined || !isCaissonError(error) || error.code === 'cancelled') throw error;
  throw new CaissonError(error.code, `there is no stage ${name}, and as an image: ${error.message}`, { cause: error, hint: `did you mean the stage ${near}?` });
}

function findStage(file: ResolvedFile, name: string): ResolvedStage | undefined {
  const lower = name.toLowerCase();
  return file.stages.find((stage) => stage.name === lower) ?? (/^\d+$/.test(name) ? file.stages[Number(name)] : undefined);
}

