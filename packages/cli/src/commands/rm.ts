import { defineCommand } from '../cli.js';
import { containersArgument, each } from './each.js';

export default defineCommand<{ force?: boolean; volumes?: boolean }>({
  configure(command) {
    containersArgument(command, 'caisson rm -f web')
      .option('-f, --force', 'also if it is running: kill it')
      .option('-v, --volumes', 'also its anonymous volumes');
  },
  run: (cli, names, { force = false, volumes = false }) =>
    each(cli, names, async (name) => {
      await cli.engine.containers.remove(name, { force, volumes });
      return name;
    }, { missing: force }),
});
