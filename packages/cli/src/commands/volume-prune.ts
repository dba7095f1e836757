import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { parsePruneFilters } from '../flags/prune.js';
import { formatSize } from '../output/units.js';
import { confirm } from '../terminal/confirm.js';

export default defineCommand<{ all?: boolean; force?: boolean; filter?: string[] }>({
  configure(command) {
    command
      .option('-a, --all', 'also volumes with a name')
      .option('-f, --force', 'do not ask')
      .option('--filter <name=value>', 'only those with a label (label=NAME, label=NAME=VALUE) or without it (label!=NAME)', collect)
      .addHelpText('after', '\nExample:\n  caisson volume prune -f\n');
  },
  async run(cli, _args, { all = false, force = false, filter }) {
    const options = parsePruneFilters(filter, ['label']);
    if (!force && !(await confirm(`This removes all ${all ? '' : 'anonymous '}volumes that no container uses, with what is in them.`))) return 0;
    const { volumes, bytes } = await cli.engine.volumes.prune({ ...options, all });
    for (const name of volumes) cli.print(`Deleted: ${name}`);
    cli.print(`Total reclaimed space: ${formatSize(bytes)}`);
  },
});
