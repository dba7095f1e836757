import type { ContainerSummary, NetworkRecord } from '@caisson/core';
import { predefinedNetworks } from '@caisson/docker-api/encode';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { filterBy, hasLabel, isLike } from '../flags/filters.js';
import { formatLabels } from '../output/containers.js';
import { configuredFormat, formatHelp, formatList, type Listing } from '../output/list.js';
import { formatTime } from '../output/units.js';
import { writeOut } from '../output/write.js';

export default defineCommand<{ filter?: string[]; quiet?: boolean; format?: string; trunc: boolean }>({
  configure(command) {
    command
      .option('-f, --filter <name=value>', 'only those with this id, name, label, driver, scope or type; dangling=true for those that no container uses', collect)
      .option('--format <format>', formatHelp)
      .option('-q, --quiet', 'only IDs')
      .option('--no-trunc', 'whole IDs')
      .addHelpText('after', '\nExamples:\n  caisson network ls\n  caisson network ls --format "{{.Name}} {{.Driver}}"\n');
  },
  async run(cli, _args, { filter = [], quiet, format, trunc }) {
    const wanted = format ?? (quiet ? undefined : configuredFormat('networksFormat'));
    const listing = networkListing(trunc);
    if (!quiet) formatList(listing, [], wanted);
    const users = filter.some((one) => one.startsWith('dangling=')) ? await cli.engine.containers.list({ all: true }) : [];
    const match = filterBy<NetworkRecord>(filter, {
      id: ({ id }, value) => id.startsWith(value),
      name: ({ name }, value) => isLike(name, value),
      label: ({ labels }, value) => hasLabel(labels, value),
      driver: ({ driver }, value) => driver === value,
      scope: (_network, value) => value === 'local',
      type: (network, value) => (isBuiltIn(network) ? 'builtin' : 'custom') === value,
      dangling: (network, value) => (!isBuiltIn(network) && !isUsed(network, users)) === /^(?:true|1)$/i.test(value),
    });
    const known = await cli.engine.networks.list();
    // The default bridge of an engine is made when it is first used, but these two are never made.
    const all = [...known, ...predefinedNetworks(new Date(0)).filter(({ name }) => !known.some((one) => one.name === name))];
    const networks = all.filter(match).sort((a, b) => (a.name < b.name ? -1 : 1));
    if (quiet) for (const { id } of networks) cli.print(trunc ? id.slice(0, 12) : id);
    else writeOut(formatList(listing, networks, wanted));
  },
});

function isBuiltIn({ name }: NetworkRecord): boolean {
  return ['bridge', 'host', 'none'].includes(name);
}

function isUsed({ id, name }: NetworkRecord, containers: readonly ContainerSummary[]): boolean {
  return containers.some(({ state, options }) => options.network === name || state.networks.some(({ networkId }) => networkId === id));
}

function networkListing(truncate: boolean): Listing<NetworkRecord> {
  return {
    columns: ['ID', 'Name', 'Driver', 'Scope'],
    labels: ({ labels }) => labels,
    fields: {
      ID: ['NETWORK ID', ({ id }) => (truncate ? id.slice(0, 12) : id)],
      Name: ['NAME', ({ name }) => name],
      Driver: ['DRIVER', ({ driver }) => driver],
      Scope: ['SCOPE', () => 'local'],
      IPv4: ['IPV4', ({ driver }) => String(driver !== 'null')],
      IPv6: ['IPV6', ({ subnet6 }) => String(subnet6 !== undefined)],
      Internal: ['INTERNAL', ({ internal }) => String(internal)],
      Labels: ['LABELS', ({ labels }) => formatLabels(labels)],
      CreatedAt: ['CREATED AT', ({ created }) => formatTime(created)],
      Subnet: ['SUBNET', ({ subnet }) => subnet],
    },
  };
}
