import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { parsePruneFilters, pruneFilterHelp } from '../flags/prune.js';
import { confirm } from '../terminal/confirm.js';

export default defineCommand<{ force?: boolean; filter?: string[] }>({
  configure(command) {
    command.option('-f, --force', 'do not ask').option('--filter <name=value>', pruneFilterHelp, collect).addHelpText('after', '\nExample:\n  caisson network prune -f\n');
  },
  async run(cli, _args, { force = false, filter }) {
    const options = parsePruneFilters(filter);
    if (!force && !(await confirm('This removes all networks that no container is to be in.'))) return 0;
    for (const name of await cli.engine.networks.prune(options)) cli.print(`Deleted: ${name}`);
  },
});
