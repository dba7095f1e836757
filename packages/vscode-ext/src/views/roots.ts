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
      return buildNodes(inventory.builds.items, inventory.cache.items, options);
    case 'registries':
      return registryNodes(app);
  }
}
