import type { Digest, LayerTree, RawPath } from '@caisson/core';
import { cacheKey } from '../cache/build-cache.js';
import type { AbsentNames } from '../copy/absent-names.js';
import type { PlannedEntry } from '../copy/layer-plan.js';
import { normalize } from '../copy/select.js';
import type { Session, StepContext } from '../session.js';
import type { StepBase } from './copy-step.js';

/** The image at the bottom of a stage. */
export interface BaseImage {
  /** For messages. */
  readonly name: string;
  /** So many layers from below are its. */
  readonly layers: number;
  readonly absent: AbsentNames;
}

/**
 * The files below a step without those of the base's layers that nobody has read yet: enough for what is put at names that the base
 * surely has nothing at. What it makes is then the same to the bit as what it would make with all layers read.
 */
export interface GuessedFiles {
  readonly tree: LayerTree;
  /** Whether these entries go only where nothing of the base can be. */
  cover(entries: readonly PlannedEntry[]): boolean;
}

/**
 * Undefined where all layers are known, and where the destination may be, or lead through, something in those that are not. A guess
 * about the root itself may be tried: what goes there has names of its own, which `cover` looks at.
 */
export async function guessFiles(session: Session, { diffIds, image, windows }: StepBase, destination: RawPath): Promise<GuessedFiles | undefined> {
  const clean = normalize(destination);
  if (!image || windows || session.request.baseFiles === 'always' || (clean !== '' && !image.absent.has(clean))) return undefined;
  const unread = new Set(await session.layers.unread(diffIds.slice(0, image.layers)));
  if (unread.size === 0) return undefined;
  const known = diffIds.filter((diffId) => !unread.has(diffId));
  const tree = await session.layers.tree(known, session.signal);
  const base = await session.layers.tree(known.slice(0, image.layers - unread.size), session.signal);
  const free = (path: RawPath) => image.absent.has(path) && base.lookup(path.split('/')[0] ?? '', { followSymlinks: false }) === undefined;
  // Where a link of the stage's own leads, the base may have anything.
  if (clean !== '' && (!free(clean) || tree.resolve(clean) !== clean)) return undefined;
  return { tree, cover: (entries) => entries.every(({ entry }) => free(entry.path)) };
}

/** What a step that was made by a guess is kept under: once the layers are there, it is made sure of. */
export function guessedKey(sure: Digest): Digest {
  return cacheKey('guessed-1', [sure]);
}

/** All files below a step. Says so where layers have to be read for it, and `why`. */
export async function allFiles({ session, info }: StepContext, { diffIds, image, windows }: StepBase, why: string): Promise<LayerTree> {
  const needed = diffIds.slice(windows?.unread ?? 0);
  if (image && !windows && (await session.layers.unread(diffIds.slice(0, image.layers))).length > 0)
    session.report({ type: 'note', step: info.id, message: `reads the layers of ${image.name}: ${why}` });
  return session.layers.tree(needed, session.signal);
}

/** Why the base's files are read for something that goes to this path. */
export function whyRead({ request }: Session, { image }: StepBase, destination: RawPath): string {
  if (request.baseFiles === 'always') return 'its files are always to be read';
  const clean = normalize(destination);
  const [name = ''] = clean.split('/');
  if (clean === '') return 'it may have what is copied to / as links or other folders';
  return image?.absent.has(clean) ? `/${name} leads to a folder that it may have` : `it may have /${name}, as a folder or a link`;
}
