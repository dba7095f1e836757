import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { parsePruneFilters, pruneFilterHelp } from '../flags/prune.js';
import { formatSize } from '../output/units.js';
import { confirm } from '../terminal/confirm.js';

export default defineCommand<{ force?: boolean; filter?: string[] }>({
  configure(command) {
    command.option('-f, --force', 'do not ask').option('--filter <name=value>', pruneFilterHelp, collect).addHelpText('after', '\nExample:\n  caisson container prune -f --filter until=24h\n');
  },
  async run(cli, _args, { force = false, filter }) {
    const options = parsePruneFilters(filter);
    if (!force && !(await confirm('This removes all containers that do not run.'))) return 0;
    const { containers, bytes } = await cli.engine.containers.prune(options);
    for (const id of containers) cli.print(`Deleted: ${id}`);
    cli.print(`Total reclaimed space: ${formatSize(bytes)}`);
  },
});
