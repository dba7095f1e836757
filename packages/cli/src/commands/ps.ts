import { familiarReference, parseReference, type ContainerRecord } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { filterBy } from '../flags/filters.js';
import { table } from '../output/table.js';
import { formatDuration } from '../output/units.js';

interface PsFlags {
  readonly all?: boolean;
  readonly filter?: string[];
  readonly format?: string;
  readonly latest?: boolean;
  readonly last?: string;
  readonly quiet?: boolean;
  readonly trunc: boolean;
}

export default defineCommand<PsFlags>({
  configure(command) {
    command
      .option('-a, --all', 'also those that do not run')
      .option('-f, --filter <name=value>', 'only those with this name, id, label, status or ancestor', collect)
      .option('--format <format>', 'table or json')
      .option('-n, --last <count>', 'the last created, whatever their state')
      .option('-l, --latest', 'the one created last')
      .option('-q, --quiet', 'only IDs')
      .option('--no-trunc', 'whole IDs and commands')
      .addHelpText('after', '\nExamples:\n  caisson ps -a\n  caisson rm $(caisson ps -aq -f status=exited)\n');
  },
  async run(cli, _args, flags) {
    const limit = flags.latest ? 1 : flags.last === undefined ? Number.POSITIVE_INFINITY : Number(flags.last);
    const all = flags.all || Number.isFinite(limit) || (flags.filter ?? []).some((filter) => filter.startsWith('status='));
    const match = filterBy<ContainerRecord>(flags.filter ?? [], {
      name: ({ name }, value) => name.includes(value.replace(/^\//, '')),
      id: ({ id }, value) => id.startsWith(value),
      status: ({ status }, value) => status === value,
      ancestor: ({ image }, value) => image.name === value || image.id === value || image.id.replace('sha256:', '').startsWith(value),
      label: ({ labels }, value) => hasLabel(labels, value),
      exited: ({ status, state }, value) => status === 'exited' && String(state.exitCode) === value,
    });
    const containers = (await cli.engine.containers.list({ all })).filter(match).slice(0, limit);
    if (flags.quiet) {
      for (const { id } of containers) cli.print(flags.trunc ? id.slice(0, 12) : id);
      return;
    }
    if (flags.format === 'json') {
      for (const container of containers) cli.print(JSON.stringify(rowObject(container, flags.trunc)));
      return;
    }
    cli.print(table(['CONTAINER ID', 'IMAGE', 'COMMAND', 'CREATED', 'STATUS', 'PORTS', 'NAMES'], containers.map((container) => Object.values(rowObject(container, flags.trunc)))));
  },
});

export function hasLabel(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [name = '', value] = wanted.split(/=(.*)/s);
  return name in labels && (value === undefined || labels[name] === value);
}

function rowObject(container: ContainerRecord, truncate: boolean) {
  const command = container.process.args.join(' ');
  return {
    ID: truncate ? container.id.slice(0, 12) : container.id,
    Image: imageName(container),
    Command: `"${truncate && command.length > 20 ? `${command.slice(0, 19)}…` : command}"`,
    CreatedAt: `${formatDuration(Date.now() - container.created.getTime())} ago`,
    Status: statusText(container),
    Ports: container.state.ports.map(({ hostIp, hostPort, containerPort, protocol }) => `${hostIp || '0.0.0.0'}:${hostPort}->${containerPort}/${protocol}`).join(', '),
    Names: container.name,
  };
}

function imageName({ image }: ContainerRecord): string {
  try {
    return familiarReference(parseReference(image.name));
  } catch {
    return image.name.replace('sha256:', '').slice(0, 12);
  }
}

/** «Up 3 minutes», «Exited (1) 2 hours ago», as docker has it. */
export function statusText({ status, state }: ContainerRecord): string {
  const since = (time: string | undefined) => formatDuration(Date.now() - Date.parse(time ?? ''));
  switch (status) {
    case 'running':
      return `Up ${since(state.startedAt)}`;
    case 'paused':
      return `Up ${since(state.startedAt)} (Paused)`;
    case 'exited':
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case 'created':
      return 'Created';
    case 'removing':
      return 'Removal In Progress';
  }
}
