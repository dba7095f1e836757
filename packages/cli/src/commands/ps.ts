import { stateName } from '@caisson/docker-api/encode';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { invalid } from '../flags/values.js';
import { containerFilter } from '../flags/container-filters.js';
import { containerListing } from '../output/containers.js';
import { configuredFormat, formatHelp, formatList, shows } from '../output/list.js';
import { writeOut } from '../output/write.js';

interface PsFlags {
  readonly all?: boolean;
  readonly filter?: string[];
  readonly format?: string;
  readonly latest?: boolean;
  readonly last?: string;
  readonly quiet?: boolean;
  readonly size?: boolean;
  readonly trunc: boolean;
}

export default defineCommand<PsFlags>({
  configure(command) {
    command
      .option('-a, --all', 'also those that do not run')
      .option('-f, --filter <name=value>', 'only those with this id, name, label, status, exited, ancestor, before, since, volume, network, publish, expose, health or isolation', collect)
      .option('--format <format>', formatHelp)
      .option('-n, --last <count>', 'the last created, whatever their state')
      .option('-l, --latest', 'the one created last')
      .option('-q, --quiet', 'only IDs')
      .option('-s, --size', 'how much room they take')
      .option('--no-trunc', 'whole IDs and commands')
      .addHelpText('after', '\nExamples:\n  caisson ps -a\n  caisson ps --format "table {{.Names}}\\t{{.Status}}"\n  caisson rm $(caisson ps -aq -f status=exited)\n');
  },
  async run(cli, _args, flags) {
    const format = flags.format ?? (flags.quiet ? undefined : configuredFormat('psFormat'));
    const limit = flags.latest ? 1 : count(flags.last);
    const filters = flags.filter ?? [];
    const all = (flags.all ?? false) || Number.isFinite(limit) || filters.some((filter) => /^(?:status|exited|before|since)=/.test(filter));
    const size = !flags.quiet && ((flags.size ?? false) || shows(format, 'Size'));
    const listing = containerListing({ truncate: flags.trunc, size: flags.size ?? false });
    if (!flags.quiet) formatList(listing, [], format); // a format that is wrong is told of first
    const everything = await cli.engine.containers.list({ all: all || filters.length > 0, size });
    const shown = all ? everything : everything.filter((container) => ['running', 'paused', 'restarting'].includes(stateName(container)));
    const containers = shown.filter(containerFilter(filters, everything)).slice(0, limit);
    if (flags.quiet) for (const { id } of containers) cli.print(flags.trunc ? id.slice(0, 12) : id);
    else writeOut(formatList(listing, containers, format));
  },
});

function count(text: string | undefined): number {
  if (text === undefined) return Number.POSITIVE_INFINITY;
  const number = Number(text);
  if (text.trim() === '' || !Number.isInteger(number)) invalid('--last', text, 'give a whole number');
  return number <= 0 ? Number.POSITIVE_INFINITY : number;
}
