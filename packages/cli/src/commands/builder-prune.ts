import { cacheFilters } from '../flags/cache-filters.js';
import { collect } from '../flags/collect.js';
import { defineCommand } from '../cli.js';
import { formatSize, parseSize } from '../output/units.js';
import { confirm } from '../terminal/confirm.js';

export default defineCommand<{ force?: boolean; keepStorage?: string; filter?: string[] }>({
  configure(command) {
    command
      .option('-a, --all', "also what later builds could use: always so here, as docker's builder has it with -a")
      .option('-f, --force', 'do not ask')
      .option('--keep-storage <size>', 'stop when no more than this is left')
      .option('--filter <name=value>', 'until=TIME: only what was last used before a time, or longer ago than a span (24h); type=layer or mount', collect)
      .addHelpText('after', '\nWhat was used least recently goes first.\n\nExamples:\n  caisson build prune -f --keep-storage 2g\n  caisson build prune -f --filter type=mount --filter until=168h\n');
  },
  async run(cli, _args, { force = false, keepStorage, filter = [] }) {
    const wanted = cacheFilters(filter);
    const keep = keepStorage === undefined ? {} : { keepBytes: parseSize(keepStorage, '--keep-storage') };
    if (!force && !(await confirm('This removes cached build steps.'))) return 0;
    const { entries, bytes } = await cli.engine.builds.prune({ ...wanted, ...keep });
    for (const { id } of entries) cli.print(`Deleted: ${id}`);
    cli.print(`Total reclaimed space: ${formatSize(bytes)}`);
  },
});
