import { defineCommand } from '../cli.js';

export default defineCommand({
  configure(command) {
    command.argument('<container>', 'name or ID').argument('<name>', 'its new name').addHelpText('after', '\nExample:\n  caisson rename web web-old\n');
  },
  async run(cli, [container = '', name = '']) {
    await cli.engine.containers.rename(container, name);
  },
});
