import { open } from 'node:fs/promises';
import { LayerTree, rawPath, sha256, type Digest, type LayerIndex } from '@caisson/core';
import type { ModeChange } from '@caisson/dockerfile';
import { cacheKey, type StepResult } from '../cache/build-cache.js';
import type { IgnoreFilter } from '../context/ignore-filter.js';
import { contentDigest, fileStates, selectedFiles } from '../copy/content-digest.js';
import { EarlierLayer } from '../copy/earlier-layer.js';
import { planCopy, type CopySource, type InlineSource } from '../copy/copy-plan.js';
import { planDigest, type PlannedEntry } from '../copy/layer-plan.js';
import { imageFileReader, isNumericOwner, resolveOwner, type ReadImageFile } from '../copy/owner.js';
import { selectSources } from '../copy/select.js';
import { writeLayer } from '../copy/write-layer.js';
import type { Session, StepContext } from '../session.js';
import type { SourceTree } from '../source/source-tree.js';
import { windowsEntries } from '../windows/entries.js';
import { windowsOwner } from '../windows/owner.js';
import { allFiles, guessFiles, guessedKey, whyRead, type BaseImage } from './base-files.js';
import { cachedStep, type SolvedStep } from './cached-step.js';

/** One COPY or ADD with everything expanded. */
export interface CopySpec {
  readonly sources: readonly CopySpecSource[];
  readonly inline: readonly InlineSource[];
  /** Absolute, with a slash at the end where the Dockerfile has one. */
  readonly destination: string;
  readonly chown: string | undefined;
  readonly chmod: { readonly text: string; readonly change: ModeChange } | undefined;
  /** The layer does not depend on those below it. */
  readonly link: boolean;
  readonly parents: boolean;
  readonly exclude: { readonly patterns: readonly string[]; readonly filter: IgnoreFilter } | undefined;
}

export interface CopySpecSource {
  /** For messages and explanations. */
  readonly name: string;
  readonly paths: readonly string[];
  /** Names all that is in the tree without reading it: the ChainID of a stage. Undefined for the context, whose files are looked at. */
  readonly identity: string | undefined;
  readonly tree: () => Promise<SourceTree>;
}

/** What the step stands on. */
export interface StepBase {
  readonly diffIds: readonly Digest[];
  readonly chain: Digest | 'scratch';
  /** What the stage began with, as long as nothing was laid over it. */
  readonly onBase: string | undefined;
  /** Undefined on scratch. */
  readonly image: BaseImage | undefined;
  /** Of a Windows image: so many layers from below are the base's, which are not read. */
  readonly windows?: { readonly unread: number };
}

/**
 * Looks for the layer three times, each time knowing more and having done more for it: by the content of the context's files or the
 * identity of the stage copied from, on this base; then by the exact entries that the layer would have, which an other base or a stage
 * that was built anew need not change; and then writes it.
 */
export async function copyStep(context: StepContext, base: StepBase, spec: CopySpec, recall = !context.noCache): Promise<SolvedStep> {
  const { session } = context;
  const { signal } = session;
  const { identities, selected, recalled } = await identify(spec, signal, recall);
  const standsOn = spec.link && (spec.chown === undefined || isNumericOwner(spec.chown)) ? 'link' : base.chain;
  const several = spec.sources.reduce((count, source) => count + source.paths.length, spec.inline.length) > 1;
  const sure = cacheKey('copy-2', [
    standsOn, identities, spec.inline.map(({ name, bytes }) => [name, sha256(bytes)]), spec.destination, spec.chown ?? '', spec.chmod?.text ?? '',
    spec.parents, spec.exclude?.patterns ?? [], several, session.dates.files, ...(base.windows ? ['windows'] : []),
  ]);
  const named = spec.chown !== undefined && !base.windows && !isNumericOwner(spec.chown);
  // What was made with all layers read is never wrong.
  const guess = spec.link || named || (!context.noCache && (await session.cache.get(sure))) ? undefined : await guessFiles(session, base, rawPath(spec.destination));
  const key = guess ? guessedKey(sure) : sure;
  if (recalled) {
    // Nothing was looked at but the states of files: enough where the step has come to the same as in the last build, and for nothing else.
    const hit = context.explainer.keyBefore(context.info.id) === key ? await session.cache.get(key) : undefined;
    if (!hit) return copyStep(context, base, spec, false);
    session.report({ type: 'hit', step: context.info.id, key });
    return { ...hit, cached: true };
  }
  let states: Buffer | undefined;
  return cachedStep(context, {
    key,
    exclusive: true,
    inputs: {
      instruction: context.instruction,
      parent: standsOn,
      onBase: base.onBase,
      sources: Object.fromEntries(spec.sources.flatMap((source) => (source.identity === undefined ? [] : [[source.name, source.identity]]))) as Record<string, string>,
      files: () => (states ??= fileStates(selected.filter((source) => source !== undefined))),
      settings: String(session.dates.files),
      guessed: guess !== undefined,
    },
    make: async () => {
      if (named) await allFiles(context, base, `its /etc/passwd and /etc/group tell who ${spec.chown} is`);
      const sources = await Promise.all(spec.sources.map(async (source, place) => selected[place] ?? select(source, spec, signal)));
      const account = base.windows && spec.chown !== undefined ? windowsOwner(spec.chown) : undefined;
      const owner = spec.chown === undefined || base.windows ? undefined : await resolveOwner(spec.chown, stageFiles(session, base));
      const planOn = (below: LayerTree) =>
        planCopy(below, sources, spec.inline, {
          destination: rawPath(spec.destination),
          ...(owner ? { owner } : {}),
          ...(spec.chmod ? { changeMode: spec.chmod.change } : {}),
          time: session.dates.files,
          intoFolder: several || spec.parents,
        }).entries();
      const guessed = guess && planOn(guess.tree);
      if (guessed && guess.cover(guessed)) return layerFor(context, guessed);
      const entries = planOn(spec.link ? LayerTree.empty : await allFiles(context, base, `${whyRead(session, base, rawPath(spec.destination))}; ${context.instruction.split(' ')[0]} --link needs none of it`));
      const result = await layerFor(context, base.windows ? windowsEntries(entries, account, session.dates.files) : entries);
      if (guess) session.cache.put(sure, result, context.info.title);
      return result;
    },
  });
}

/** The layer of these entries: one that was made before, under whatever name, or a new one. */
export async function layerFor(context: StepContext, entries: readonly PlannedEntry[]): Promise<StepResult> {
  const { session, noCache, info } = context;
  const { cache, layers, host, signal } = session;
  if (entries.length === 0) return {};
  const key = cacheKey('layer-1', [planDigest(entries)]);
  const known = noCache ? undefined : await cache.get(key);
  if (known) return known;
  for (const tree of new Set(entries.flatMap((planned) => planned.from?.tree ?? [])))
    await tree.prepareContent(entries.flatMap(({ from }) => (from?.tree === tree ? [from.file] : [])), signal);
  using earlier = noCache || entries.length < worthLooking ? undefined : earlierLayer(context);
  const index: LayerIndex = await writeLayer(entries, host.content, signal, earlier);
  layers.put(index);
  const result = { layer: { diffId: index.diffId, size: index.size } };
  cache.put(key, result, info.title);
  return result;
}

/** Fewer files are as quickly read from where they are. */
const worthLooking = 100;

/** What this step made when it was last built here. */
function earlierLayer({ session, explainer, info }: StepContext): EarlierLayer | undefined {
  const key = explainer.keyBefore(info.id);
  const diffId = key && session.cache.peek(key)?.layer?.diffId;
  return diffId && EarlierLayer.open(session.layers.kept.load(diffId), session.host.content.pathOf(diffId));
}

/** With fewer files a walk is as quick as reading what the last one came to. */
const worthRecalling = 500;

/** Names what each source gives: a stage by its identity, files of a context by their content. `recalled` where some of that is from an earlier build. */
async function identify(spec: CopySpec, signal: AbortSignal, recall: boolean) {
  const selected: (CopySource | undefined)[] = [];
  const identities: string[] = [];
  let recalled = false;
  for (const [place, source] of spec.sources.entries()) {
    if (source.identity !== undefined) {
      identities.push(`${source.identity} ${JSON.stringify(source.paths)}`);
      continue;
    }
    const name = JSON.stringify([source.paths, spec.parents, spec.exclude?.patterns ?? []]);
    const known = recall ? (await source.tree()).recall?.(name) : undefined;
    if (known) {
      identities.push(known);
      recalled = true;
      continue;
    }
    const chosen = await select(source, spec, signal);
    const digest = contentDigest(chosen.tree, chosen.selected);
    if (chosen.selected.some(({ below }) => below.length >= worthRecalling)) chosen.tree.remember?.(name, digest);
    selected[place] = chosen;
    identities.push(digest);
  }
  return { identities, selected, recalled };
}

async function select(source: CopySpecSource, spec: CopySpec, signal: AbortSignal): Promise<CopySource> {
  const tree = await source.tree();
  const selected = selectSources(tree, source.paths, { parents: spec.parents, exclude: spec.exclude?.filter });
  await tree.prepareDigests(selectedFiles(selected), signal);
  return { tree, selected };
}

/** Reads small files of a stage, such as its passwd. */
export function stageFiles(session: Session, base: Pick<StepBase, 'diffIds'>): ReadImageFile {
  return imageFileReader(
    () => session.layers.tree(base.diffIds, session.signal),
    async (diffId, offset, length) => {
      await using file = await open(await session.layers.archive(diffId, session.signal));
      const buffer = Buffer.alloc(length);
      await file.read(buffer, 0, length, offset);
      return buffer;
    },
  );
}

