import { rawPath } from '@caisson/core';
import { cacheKey } from '../cache/build-cache.js';
import { LayerPlan } from '../copy/layer-plan.js';
import type { StepContext } from '../session.js';
import { cachedStep, type SolvedStep } from './cached-step.js';
import { windowsEntries } from '../windows/entries.js';
import { layerDestination } from '../windows/paths.js';
import { allFiles, guessedKey, guessFiles, whyRead } from './base-files.js';
import { layerFor, type StepBase } from './copy-step.js';

/** Makes the working directory where it is missing: root's, 0755. Makes no layer where it is there. */
export async function workdirStep(context: StepContext, base: StepBase, path: string): Promise<SolvedStep> {
  const { session } = context;
  const sure = cacheKey('workdir-2', [base.chain, path, session.dates.files]);
  const guess = !context.noCache && (await session.cache.get(sure)) ? undefined : await guessFiles(session, base, rawPath(path));
  return cachedStep(context, {
    key: guess ? guessedKey(sure) : sure,
    exclusive: false,
    inputs: { instruction: context.instruction, parent: base.chain, onBase: base.onBase, settings: String(session.dates.files), guessed: guess !== undefined },
    make: async () => {
      const below = guess?.tree ?? (await allFiles(context, base, whyRead(session, base, rawPath(path))));
      const plan = new LayerPlan(below, session.dates.files);
      plan.ensureFolder(below.resolve(rawPath(base.windows ? layerDestination(undefined, path) : path)), { uid: 0, gid: 0 });
      return layerFor(context, base.windows ? windowsEntries(plan.entries(), undefined, session.dates.files) : plan.entries());
    },
  });
}
