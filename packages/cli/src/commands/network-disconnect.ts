import { defineCommand } from '../cli.js';

export default defineCommand<{ force?: boolean }>({
  configure(command) {
    command
      .argument('<network>', 'name or ID')
      .argument('<container>', 'name or ID')
      .option('-f, --force', 'be content where it is not joined')
      .addHelpText('after', '\nExample:\n  caisson network disconnect backend postgres\n');
  },
  async run(cli, [network = '', container = ''], { force }) {
    await cli.engine.networks.disconnect(network, container, force ? { force } : {});
  },
});
