import { rawPath } from '@caisson/core';
import { cacheKey } from '../cache/build-cache.js';
import { LayerPlan } from '../copy/layer-plan.js';
import type { StepContext } from '../session.js';
import { cachedStep, type SolvedStep } from './cached-step.js';
import { windowsEntries } from '../windows/entries.js';
import { layerDestination } from '../windows/paths.js';
import { layerFor, type StepBase } from './copy-step.js';

/** Makes the working directory where it is missing: root's, 0755. Makes no layer where it is there. */
export function workdirStep(context: StepContext, base: StepBase, path: string): Promise<SolvedStep> {
  const { session } = context;
  return cachedStep(context, {
    key: cacheKey('workdir-1', [base.chain, path, session.dates.files]),
    exclusive: false,
    inputs: { instruction: context.instruction, parent: base.chain, onBase: base.onBase, settings: String(session.dates.files) },
    make: async () => {
      const below = await session.layers.tree(base.diffIds.slice(base.windows?.unread ?? 0), session.signal);
      const plan = new LayerPlan(below, session.dates.files);
      plan.ensureFolder(below.resolve(rawPath(base.windows ? layerDestination(undefined, path) : path)), { uid: 0, gid: 0 });
      return layerFor(context, base.windows ? windowsEntries(plan.entries(), undefined, session.dates.files) : plan.entries());
    },
  });
}
