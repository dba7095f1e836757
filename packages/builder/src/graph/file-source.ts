import { CaissonError, rawPath, type Digest } from '@caisson/core';
import { contentDigest, selectedFiles } from '../copy/content-digest.js';
import { selectSources } from '../copy/select.js';
import type { CacheMount, ExecMount } from '../exec/exec-spec.js';
import type { StackedLayer } from '../host.js';
import type { Session } from '../session.js';
import { LayerSource } from '../source/layer-source.js';
import type { SourceTree } from '../source/source-tree.js';
import type { CopySpecSource } from '../steps/copy-step.js';
import { isOwnPath, layerSource } from '../windows/paths.js';

/** Where a COPY or a mount takes files from: by its identity as long as that is enough, by its files when it is not. */
export interface FileSource {
  copy(paths: readonly string[]): CopySpecSource;
  mount(target: string, source: string, readonly: boolean, session: Session): Promise<ExecMount>;
  seed(source: string): NonNullable<CacheMount['seed']>;
}

/** A stage or an image. */
export function stackSource(session: Session, name: string, layers: readonly StackedLayer[], chain: Digest | 'scratch', { os, baseLayers }: { readonly os: string; readonly baseLayers: number }): FileSource {
  const diffIds = layers.map((layer) => layer.diffId);
  return {
    copy: (paths) => ({
      name,
      paths: os === 'windows' ? paths.map(layerSource) : paths,
      identity: chain,
      tree: async () => {
        const needed = os === 'windows' && paths.every((path) => isOwnPath(layerSource(path))) ? diffIds.slice(baseLayers) : diffIds;
        return new LayerSource(name, await session.layers.tree(needed, session.signal), session.layers);
      },
    }),
    mount: (target, source, readonly) => Promise.resolve({ kind: 'stage', target, source, readonly, layers, identity: chain }),
    seed: (source) => ({ layers, source, identity: chain }),
  };
}

/** The build context or a named folder. */
export function contextSource(name: string, open: () => Promise<SourceTree>): FileSource {
  return {
    copy: (paths) => ({ name, paths, identity: undefined, tree: open }),
    mount: async (target, source, readonly, session) => {
      const tree = await open();
      const clean = source.replace(/^\/+/, '');
      const file = tree.lookup(rawPath(clean));
      if (!file) throw new CaissonError('not-found', `there is no ${JSON.stringify(source)} in ${tree.name} to mount`);
      const selected = selectSources(tree, [clean.replace(/[*?[\\]/g, '\\$&')], { parents: false, exclude: undefined });
      await tree.prepareDigests(selectedFiles(selected), session.signal);
      const name = selected[0]?.file.type === 'directory' ? '/' : `/${selected[0]?.name ?? ''}`;
      return { kind: 'context', target, source: name, readonly, files: { tree, selected }, identity: contentDigest(tree, selected) };
    },
    seed: () => {
      throw new CaissonError('unsupported', 'a cache mount cannot begin with files of the build context', { hint: 'copy them in a stage, and name that with from=' });
    },
  };
}
