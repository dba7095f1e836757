import type { ContainerSummary } from '@caisson/core';
import * as l10n from '@vscode/l10n';
import { formatPorts } from '../format/ports.js';
import { formatAge, shortId } from '../format/units.js';
import { byNumber, byText, groupBy } from './groups.js';
import { matches, tooltip, type TreeNode, type ViewOptions } from './node.js';

const projectLabel = 'com.docker.compose.project';
const serviceLabel = 'com.docker.compose.service';

/** The rows of the containers' view; what is below one of them (its files) is the caller's. */
export function containerNodes(containers: readonly ContainerSummary[], options: ViewOptions, below: (container: ContainerSummary) => readonly TreeNode[] | Promise<readonly TreeNode[]>): readonly TreeNode[] {
  const shown = containers.filter((one) => (options.all || one.status === 'running' || one.status === 'paused') && matches(options.filter, one.name, one.image.name, one.id, one.labels[projectLabel])).sort(sorting(options.sort));
  const node = (one: ContainerSummary, label?: string) => containerNode(one, label ?? one.name, below);
  if (options.group === 'none') return shown.map((one) => node(one));
  const groups = groupBy(shown, groupOf(options.group));
  // Of compose projects: who belongs to none stands beside them, not in a group of the ungrouped.
  return [...groups].sort(([a], [b]) => Number(a === '') - Number(b === '')).flatMap(([key, members]) => {
    if (key === '') return members.map((one) => node(one));
    return [
      {
        id: `group:${options.group}:${key}`,
        label: key,
        description: l10n.t('{0} of {1} running', members.filter((one) => one.status === 'running').length, members.length),
        icon: options.group === 'project' ? 'layers' : options.group === 'image' ? 'package' : 'list-unordered',
        context: options.group === 'project' ? 'containers.project' : 'containers',
        subject: { kind: 'containers', containers: members } as const,
        expanded: true,
        children: () => members.map((one) => node(one, options.group === 'project' ? one.labels[serviceLabel] : undefined)),
      },
    ];
  });
}

function groupOf(group: string): (container: ContainerSummary) => string {
  if (group === 'image') return (one) => one.image.name || shortId(one.image.id);
  if (group === 'status') return (one) => statusName(one);
  return (one) => one.labels[projectLabel] ?? '';
}

function sorting(sort: string): (a: ContainerSummary, b: ContainerSummary) => number {
  if (sort === 'name') return byText((one) => one.name);
  if (sort === 'status') return byText((one) => `${['running', 'paused', 'created', 'exited', 'removing'].indexOf(one.status)} ${one.name}`);
  return byNumber((one) => one.created.getTime());
}

function containerNode(container: ContainerSummary, label: string, below: (container: ContainerSummary) => readonly TreeNode[] | Promise<readonly TreeNode[]>): TreeNode {
  const { icon, color } = appearance(container);
  const ports = formatPorts(container.state.ports);
  return {
    id: `container:${container.id}`,
    label,
    // The image last: it may be long, and what does not fit is cut.
    description: [statusText(container), ports, container.image.name].filter(Boolean).join(' · '),
    tooltip: () => tooltip(container.name, [
      [l10n.t('ID'), shortId(container.id)],
      [l10n.t('Image'), container.image.name],
      [l10n.t('Command'), container.process.args.join(' ')],
      [l10n.t('State'), statusText(container)],
      [l10n.t('Health'), container.state.health?.status],
      [l10n.t('Ports'), ports],
      [l10n.t('Networks'), container.state.networks.map((one) => `${one.network} ${one.address}`).join(', ')],
      [l10n.t('Mounts'), container.mounts.map((one) => `${one.volume ?? one.source} → ${one.destination}`).join(', ')],
    ]),
    icon,
    color,
    context: `container.${container.status}${ports === '' ? '' : '.ports'}`,
    subject: { kind: 'container', container },
    children: () => below(container),
  };
}

/** `Up (healthy)`, `Exited (1) 3 minutes ago`. Lists of remote hosts give no times but in words that are soon untrue: then without. */
export function statusText(container: ContainerSummary, now: Date = new Date()): string {
  const { status, state, statusText: said = '' } = container;
  const health = state.health?.status ?? /\((healthy|unhealthy|health: starting)\)/.exec(said)?.[1]?.replace('health: ', '');
  const since = (time: string | undefined) => (time === undefined ? '' : ` ${formatAge(new Date(time), now)}`);
  switch (status) {
    case 'running':
      return (state.startedAt === undefined ? l10n.t('Up') : l10n.t('Up, started{0}', since(state.startedAt))) + (health === undefined ? '' : ` (${health})`);
    case 'paused':
      return l10n.t('Paused');
    case 'created':
      return l10n.t('Created {0}', formatAge(container.created, now));
    case 'removing':
      return l10n.t('Being removed');
    case 'exited':
      return l10n.t('Exited ({0}){1}', /^Exited \((\d+)\)/.exec(said)?.[1] ?? state.exitCode, since(state.finishedAt));
  }
}

function statusName({ status }: ContainerSummary): string {
  return { running: l10n.t('Running'), paused: l10n.t('Paused'), created: l10n.t('Created'), removing: l10n.t('Being removed'), exited: l10n.t('Exited') }[status];
}

function appearance({ status, state }: ContainerSummary): { readonly icon: string; readonly color: string } {
  if (status === 'running') {
    if (state.health?.status === 'unhealthy') return { icon: 'warning', color: 'list.warningForeground' };
    return state.health?.status === 'starting' ? { icon: 'loading~spin', color: 'charts.yellow' } : { icon: 'vm-running', color: 'charts.green' };
  }
  if (status === 'paused') return { icon: 'debug-pause', color: 'charts.yellow' };
  if (status === 'exited' && state.exitCode !== 0) return { icon: 'error', color: 'charts.red' };
  return { icon: 'vm-outline', color: 'disabledForeground' };
}
