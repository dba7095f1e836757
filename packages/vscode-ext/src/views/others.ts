import { familiarReference, parseReference, type BuildRecord, type CacheEntry, type NetworkRecord, type VolumeRecord } from '@caisson/core';
import * as l10n from '@vscode/l10n';
import { formatAge, formatBytes, formatSeconds, shortId } from '../format/units.js';
import { byNumber, byText } from './groups.js';
import { matches, tooltip, type TreeNode, type ViewOptions } from './node.js';

export function volumeNodes(volumes: readonly VolumeRecord[], options: ViewOptions): readonly TreeNode[] {
  return volumes
    .filter((one) => matches(options.filter, one.name) && (options.all || !one.anonymous))
    .sort(options.sort === 'created' ? byNumber((one) => one.created.getTime()) : byText((one) => one.name))
    .map((volume) => ({
      id: `volume:${volume.name}`,
      label: volume.anonymous ? shortId(volume.name) : volume.name,
      description: formatAge(volume.created),
      tooltip: () => tooltip(volume.name, [
        [l10n.t('Driver'), volume.driver],
        [l10n.t('Folder'), volume.mountpoint],
        [l10n.t('Labels'), Object.entries(volume.labels).map((pair) => pair.join('=')).join(', ')],
      ]),
      icon: 'database',
      context: 'volume',
      subject: { kind: 'volume', volume },
    }));
}

const builtIn = new Set(['bridge', 'host', 'none']);

export function networkNodes(networks: readonly NetworkRecord[], options: ViewOptions): readonly TreeNode[] {
  return networks
    .filter((one) => matches(options.filter, one.name, one.id))
    .sort(options.sort === 'created' ? byNumber((one) => one.created.getTime()) : byText((one) => one.name))
    .map((network) => ({
      id: `network:${network.id}`,
      label: network.name,
      description: [network.driver, network.subnet, network.internal ? l10n.t('internal') : ''].filter(Boolean).join(' · '),
      tooltip: () => tooltip(network.name, [
        [l10n.t('ID'), shortId(network.id)],
        [l10n.t('Driver'), network.driver],
        [l10n.t('Subnet'), network.subnet],
        [l10n.t('Gateway'), network.gateway],
      ]),
      icon: 'type-hierarchy-sub',
      context: builtIn.has(network.name) ? 'network.builtin' : 'network',
      subject: { kind: 'network', network },
    }));
}

/** Two groups: builds of the past, the latest first, and what the cache holds. `silent`: the host, where it tells of no builds of the past. */
export function buildNodes(builds: readonly BuildRecord[], cache: readonly CacheEntry[], options: ViewOptions, silent?: string): readonly TreeNode[] {
  if (builds.length === 0 && cache.length === 0 && silent === undefined) return [];
  const shown = builds.filter((one) => matches(options.filter, one.name, one.status, one.error));
  const entries = cache.filter((one) => matches(options.filter, one.description, one.kind));
  if (options.sort === 'size') entries.sort(byNumber((one) => one.bytes));
  return [
    silent !== undefined ? { id: 'history', label: l10n.t('History'), description: l10n.t('not told by {0}', silent), icon: 'history', context: 'builds.none' } : { id: 'history', label: l10n.t('History'), description: String(shown.length), icon: 'history', context: 'builds.history', expanded: true, children: () => shown.map(buildNode) },
    {
      id: 'cache',
      label: l10n.t('Cache'),
      description: formatBytes(cache.reduce((sum, one) => sum + one.bytes, 0)),
      icon: 'archive',
      context: 'builds.cache',
      children: () => entries.map(cacheNode),
    },
  ];
}

function buildNode(build: BuildRecord): TreeNode {
  const seconds = build.finished === undefined ? undefined : (build.finished.getTime() - build.started.getTime()) / 1000;
  const look = {
    running: { icon: 'loading~spin', color: 'charts.blue' },
    completed: { icon: 'pass', color: 'charts.green' },
    failed: { icon: 'error', color: 'charts.red' },
    cancelled: { icon: 'circle-slash', color: 'disabledForeground' },
    died: { icon: 'circle-slash', color: 'charts.red' },
  }[build.status];
  return {
    id: `build:${build.id}`,
    label: familiar(build.name),
    description: [seconds === undefined ? l10n.t('running') : formatSeconds(seconds), l10n.t('{0} of {1} cached', build.steps.cached, build.steps.total), formatAge(build.started)].join(' · '),
    tooltip: () => tooltip(build.name, [
      [l10n.t('State'), build.status],
      [l10n.t('Started'), build.started.toLocaleString()],
      [l10n.t('Image'), build.imageId === undefined ? undefined : shortId(build.imageId)],
      [l10n.t('Error'), build.error],
    ]),
    ...look,
    context: build.imageId === undefined ? 'build' : 'build.image',
    subject: { kind: 'build', build },
  };
}

function cacheNode(entry: CacheEntry): TreeNode {
  return {
    id: `cache:${entry.kind}:${entry.id}`,
    label: entry.description,
    description: [formatBytes(entry.bytes), l10n.t('used {0}', formatAge(entry.used))].join(' · '),
    tooltip: () => tooltip(entry.description, [
      [l10n.t('ID'), entry.id],
      [l10n.t('Size'), formatBytes(entry.bytes)],
      [l10n.t('Uses'), String(entry.uses)],
      [l10n.t('Created'), formatAge(entry.created)],
    ]),
    icon: entry.kind === 'mount' ? 'database' : 'layers',
    context: 'cache.entry',
    subject: { kind: 'cache', entry },
  };
}

/** As people write it: without `docker.io/library/`. A build's name need not be an image's. */
function familiar(name: string): string {
  try {
    return familiarReference(parseReference(name));
  } catch {
    return name;
  }
}
