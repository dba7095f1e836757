import { tarEntry, whiteoutPath, type LayerTree } from '@caisson/core';
import type { ImageDraft } from '../config/image-draft.js';
import type { PlannedEntry } from '../copy/layer-plan.js';
import type { StepContext } from '../session.js';
import { layerFor } from '../steps/copy-step.js';
import { rootEntries } from './root-files.js';

/** Joins the layers that the build laid over its base into one: what was made and deleted again is in it no more. */
export async function squash(context: StepContext, draft: ImageDraft): Promise<void> {
  const { layers, signal } = context.session;
  const { baseLayers } = draft;
  if (draft.layers.length - baseLayers < 2) return;
  const below = await layers.tree(draft.diffIds.slice(0, baseLayers), signal);
  const above = await layers.tree(draft.diffIds, signal);
  const made = new Set([...above.walk('')].filter((entry) => entry.layer >= baseLayers).map((entry) => entry.path));
  const entries = (await rootEntries(above, layers, signal)).filter(({ entry }) => made.has(entry.path));
  const { layer } = await layerFor(context, [...entries, ...deletions(below, above)]);
  draft.squash(layer);
  if (layer) layers.add(draft.layers.slice(-1));
}

function deletions(below: LayerTree, above: LayerTree): PlannedEntry[] {
  const gone: PlannedEntry[] = [];
  const enter = (path: string) => above.lookup(path, { followSymlinks: false })?.type === 'directory';
  for (const { path } of below.walk('', (folder) => enter(folder.path)))
    if (!above.lookup(path, { followSymlinks: false })) gone.push({ entry: tarEntry({ path: whiteoutPath(path), type: 'file', mode: 0 }) });
  return gone;
}
