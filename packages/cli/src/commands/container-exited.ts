import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from '../cli.js';

/**
 * What the monitor calls when a container has exited: cleans up, and removes or restarts it as its options say. With the ID of an exec and its
 * exit code: tells of the end of that.
 */
export default defineCommand({
  configure(command) {
    command.argument('<container>').argument('[exec]').argument('[code]');
  },
  async run(cli, [id = '', exec, code]) {
    if (exec === undefined) return cli.local.containers.finish(id);
    // Its container and all may have gone meanwhile.
    if (existsSync(join(cli.paths.dataRoot, 'state.db'))) cli.local.containers.execEnded(id, exec, Number(code));
    return undefined;
  },
});
