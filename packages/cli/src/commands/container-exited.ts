import { defineCommand } from '../cli.js';

/** What the monitor calls when a container has exited: cleans up, and removes or restarts it as its options say. */
export default defineCommand({
  configure(command) {
    command.argument('<container>');
  },
  async run(cli, [id = '']) {
    await cli.local.containers.finish(id);
  },
});
