import { defineCommand } from '../cli.js';
import { confirm } from '../terminal/confirm.js';

export default defineCommand<{ all?: boolean; force?: boolean }>({
  configure(command) {
    command.option('-a, --all', 'also volumes with a name').option('-f, --force', 'do not ask').addHelpText('after', '\nExample:\n  caisson volume prune -f\n');
  },
  async run(cli, _args, { all = false, force = false }) {
    if (!force && !(await confirm(`This removes all ${all ? '' : 'anonymous '}volumes that no container uses, with what is in them.`))) return 1;
    for (const name of (await cli.engine.volumes.prune({ all })).volumes) cli.print(`Deleted: ${name}`);
  },
});
