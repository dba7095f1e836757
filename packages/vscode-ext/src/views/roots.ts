import type { App } from '../app.js';
import { containerFiles } from '../files/container-nodes.js';
import { registryNodes } from '../registries/nodes.js';
import { containerNodes } from './containers.js';
import type { ViewId } from './definitions.js';
import { imageNodes } from './images.js';
import type { TreeNode, ViewOptions } from './node.js';
import { buildNodes, networkNodes, volumeNodes } from './others.js';

/** The rows of a view, of what the inventory has. */
export async function rootsOf(app: App, view: ViewId, options: ViewOptions): Promise<readonly TreeNode[]> {
  const { inventory } = app;
  switch (view) {
    case 'images':
      return imageNodes(inventory.images.items, options, app.connection.engine);
    case 'containers':
      return containerNodes(inventory.containers.items, options, (container) => containerFiles(container.id));
    case 'volumes':
      return volumeNodes(inventory.volumes.items, options);
    case 'networks':
      return networkNodes(inventory.networks.items, options);
    case 'builds':
      return buildNodes(inventory.builds.items, inventory.cache.items, options, inventory.builds.items.length === 0 ? await hostWithoutHistory(app) : undefined);
    case 'registries':
      return registryNodes(app);
  }
}

/** The host's name where its API tells of no builds of the past: then there is a reason to show. */
async function hostWithoutHistory(app: App): Promise<string | undefined> {
  if (app.connection.state.kind !== 'open') return undefined;
  const info = await (await app.engine()).system.info().catch(() => undefined);
  return info?.name === 'caisson' ? undefined : info?.name;
}
