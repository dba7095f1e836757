import { familiarReference, parseReference, type ContainerSummary, type PublishedPort } from '@caisson/core';
import { stateName, statusText } from '@caisson/docker-api/encode';
import { quote } from '../template/index.js';
import type { Listing } from './list.js';
import { formatDuration, formatSize, formatTime } from './units.js';

/** docker's fields of `ps`. */
export function containerListing({ truncate, size }: { truncate: boolean; size: boolean }): Listing<ContainerSummary> {
  const shortened = (text: string, length: number) => (truncate && text.length > length ? `${text.slice(0, length - 1)}…` : text);
  return {
    columns: ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names', ...(size ? ['Size'] : [])],
    labels: ({ labels }) => labels,
    fields: {
      ID: ['CONTAINER ID', ({ id }) => (truncate ? id.slice(0, 12) : id)],
      Names: ['NAMES', ({ name }) => name],
      Image: ['IMAGE', (container) => imageName(container, truncate)],
      Platform: ['PLATFORM', () => null],
      Command: ['COMMAND', ({ process }) => quote(shortened(commandLine(process.args), 20), false)],
      CreatedAt: ['CREATED AT', ({ created }) => formatTime(created)],
      RunningFor: ['CREATED', ({ created }) => `${formatDuration(Date.now() - created.getTime())} ago`],
      Ports: ['PORTS', formatPorts],
      State: ['STATE', (container) => stateName(container)],
      Status: ['STATUS', (container) => statusText(container)],
      Size: ['SIZE', ({ size: taken }) => (taken ? `${formatSize(taken.written)} (virtual ${formatSize(taken.total)})` : formatSize(0))],
      Labels: ['LABELS', ({ labels }) => formatLabels(labels)],
      Mounts: ['MOUNTS', ({ mounts }) => mounts.map(({ volume, source }) => shortened(volume ?? source, 15)).join(',')],
      LocalVolumes: ['LOCAL VOLUMES', ({ mounts }) => String(mounts.filter(({ kind }) => kind === 'volume').length)],
      Networks: ['NETWORKS', ({ state, options }) => state.networks.map(({ network }) => network).join(',') || (options.network ?? 'bridge')],
    },
  };
}

/** docker puts quotes around arguments with blanks; a remote host gives the whole line as one. */
function commandLine(args: readonly string[]): string {
  return args.length === 1 ? (args[0] ?? '') : args.map((argument) => (/\s/.test(argument) ? `'${argument.replaceAll("'", String.raw`'\''`)}'` : argument)).join(' ');
}

export function formatLabels(labels: Readonly<Record<string, string>> = {}): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .sort()
    .join(',');
}

/** The name it was made with; an ID in its short form. */
function imageName({ image }: ContainerSummary, truncate: boolean): string {
  try {
    return familiarReference(parseReference(image.name));
  } catch {
    return truncate ? image.name.replace('sha256:', '').slice(0, 12) : image.name;
  }
}

/** docker's way: neighbouring ports as ranges, those that are only exposed at the end. */
function formatPorts({ status, state, exposed }: ContainerSummary): string {
  if (status !== 'running' && status !== 'paused') return '';
  const published = state.ports.map((port) => ({ ...port, hostIp: port.hostIp || '0.0.0.0' }));
  const open = exposed.filter((text) => !published.some(({ containerPort, protocol }) => text === `${containerPort}/${protocol}`));
  return [...publishedRanges(published), ...exposedRanges(open)].join(', ');
}

function publishedRanges(ports: readonly PublishedPort[]): string[] {
  const sorted = ports.toSorted((a, b) => (a.hostIp < b.hostIp ? -1 : a.hostIp > b.hostIp ? 1 : 0) || (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0) || a.containerPort - b.containerPort || a.hostPort - b.hostPort);
  const groups: PublishedPort[][] = [];
  for (const port of sorted) {
    const group = groups.at(-1);
    const last = group?.at(-1);
    if (group && last && last.hostIp === port.hostIp && last.protocol === port.protocol && last.containerPort + 1 === port.containerPort && last.hostPort + 1 === port.hostPort) group.push(port);
    else groups.push([port]);
  }
  return groups.map((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last) return '';
    const range = (from: number, to: number) => (from === to ? String(from) : `${from}-${to}`);
    const host = first.hostIp.includes(':') ? `[${first.hostIp}]` : first.hostIp;
    return `${host}:${range(first.hostPort, last.hostPort)}->${range(first.containerPort, last.containerPort)}/${first.protocol}`;
  });
}

function exposedRanges(ports: readonly string[]): string[] {
  const sorted = ports.map((text) => text.split('/')).map(([port = '', protocol = 'tcp']) => ({ port: Number(port), protocol })).sort((a, b) => (a.protocol < b.protocol ? -1 : a.protocol > b.protocol ? 1 : 0) || a.port - b.port);
  const ranges: { from: number; to: number; protocol: string }[] = [];
  for (const { port, protocol } of sorted) {
    const last = ranges.at(-1);
    if (last && last.protocol === protocol && last.to + 1 === port) last.to = port;
    else ranges.push({ from: port, to: port, protocol });
  }
  return ranges.map(({ from, to, protocol }) => `${from === to ? from : `${from}-${to}`}/${protocol}`);
}
