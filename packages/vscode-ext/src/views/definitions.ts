import * as l10n from '@vscode/l10n';
import type { LiveList } from '../state/live-list.js';
import type { Inventory } from '../state/inventory.js';
import type { ViewOptions } from './node.js';

/** A choice in a view's menu of groupings or sortings. */
export interface Choice {
  readonly id: string;
  readonly label: string;
}

export interface ViewDefinition {
  readonly id: ViewId;
  readonly defaults: ViewOptions;
  readonly groups: readonly Choice[];
  readonly sorts: readonly Choice[];
  /** Lists that it shows. */
  lists(inventory: Inventory): readonly LiveList<unknown>[];
}

export type ViewId = 'images' | 'containers' | 'volumes' | 'networks' | 'registries' | 'builds';

const byName = (): Choice => ({ id: 'name', label: l10n.t('Name') });
const byAge = (): Choice => ({ id: 'created', label: l10n.t('Age, newest first') });
const plain: ViewOptions = { group: 'none', sort: 'name', filter: '', all: true };

export function viewDefinitions(): readonly ViewDefinition[] {
  const none = { id: 'none', label: l10n.t('No groups') };
  return [
    {
      id: 'containers',
      defaults: { group: 'project', sort: 'created', filter: '', all: true },
      groups: [{ id: 'project', label: l10n.t('Compose project') }, { id: 'image', label: l10n.t('Image') }, { id: 'status', label: l10n.t('State') }, none],
      sorts: [byAge(), byName(), { id: 'status', label: l10n.t('State') }],
      lists: (inventory) => [inventory.containers],
    },
    {
      id: 'images',
      defaults: { group: 'repository', sort: 'name', filter: '', all: false },
      groups: [{ id: 'repository', label: l10n.t('Repository') }, { id: 'registry', label: l10n.t('Registry') }, none],
      sorts: [byName(), byAge(), { id: 'size', label: l10n.t('Size, largest first') }],
      lists: (inventory) => [inventory.images],
    },
    { id: 'volumes', defaults: plain, groups: [], sorts: [byName(), byAge()], lists: (inventory) => [inventory.volumes] },
    { id: 'networks', defaults: plain, groups: [], sorts: [byName(), byAge()], lists: (inventory) => [inventory.networks] },
    { id: 'registries', defaults: plain, groups: [], sorts: [], lists: () => [] },
    { id: 'builds', defaults: { ...plain, sort: 'used' }, groups: [], sorts: [{ id: 'used', label: l10n.t('Last use') }, { id: 'size', label: l10n.t('Size, largest first') }], lists: (inventory) => [inventory.builds, inventory.cache] },
  ];
}
