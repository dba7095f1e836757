import type { ContainerSummary, VolumeRecord } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { filterBy, hasLabel, isLike } from '../flags/filters.js';
import { formatLabels } from '../output/containers.js';
import { configuredFormat, formatHelp, formatList, type Listing } from '../output/list.js';
import { writeOut } from '../output/write.js';

export default defineCommand<{ filter?: string[]; format?: string; quiet?: boolean; cluster?: boolean }>({
  configure(command) {
    command
      .option('-f, --filter <name=value>', 'only those with this name, label or driver; dangling=true for those that no container uses', collect)
      .option('--format <format>', formatHelp)
      .option('-q, --quiet', 'only names')
      .option('--cluster', "volumes of docker's swarm: there are none here")
      .addHelpText('after', '\nExamples:\n  caisson volume ls -q -f dangling=true\n  caisson volume ls --format "{{.Name}} {{.Mountpoint}}"\n');
  },
  async run(cli, _args, { filter = [], format, quiet, cluster }) {
    const wanted = format ?? (quiet ? undefined : configuredFormat('volumesFormat'));
    if (!quiet) formatList(listing, [], wanted);
    const users = filter.some((one) => one.startsWith('dangling=')) ? await cli.engine.containers.list({ all: true }) : [];
    const match = filterBy<VolumeRecord>(filter, {
      name: ({ name }, value) => isLike(name, value),
      label: ({ labels }, value) => hasLabel(labels, value),
      driver: ({ driver }, value) => driver === value,
      dangling: ({ name }, value) => !isUsed(name, users) === /^(?:true|1)$/i.test(value),
    });
    const volumes = cluster ? [] : (await cli.engine.volumes.list()).filter(match).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (quiet) for (const { name } of volumes) cli.print(name);
    else writeOut(formatList(listing, volumes, wanted));
  },
});

function isUsed(name: string, containers: readonly ContainerSummary[]): boolean {
  return containers.some(({ mounts }) => mounts.some(({ volume }) => volume === name));
}

const listing: Listing<VolumeRecord> = {
  columns: ['Driver', 'Name'],
  labels: ({ labels }) => labels,
  fields: {
    Name: ['VOLUME NAME', ({ name }) => name],
    Driver: ['DRIVER', ({ driver }) => driver],
    Scope: ['SCOPE', () => 'local'],
    Mountpoint: ['MOUNTPOINT', ({ mountpoint }) => mountpoint],
    Labels: ['LABELS', ({ labels }) => formatLabels(labels)],
    Links: ['LINKS', () => 'N/A'],
    Size: ['SIZE', () => 'N/A'],
    Availability: ['AVAILABILITY', () => 'N/A'],
    Group: ['GROUP', () => 'N/A'],
    Status: ['STATUS', () => 'N/A'],
  },
};
