import { defineCommand } from '../cli.js';

export default defineCommand({
  configure(command) {
    command.argument('<image>', 'name or ID').argument('<name>', 'another name for it').addHelpText('after', '\nExample:\n  caisson tag app registry.example/app:1\n');
  },
  async run(cli, [image = '', name = '']) {
    await cli.engine.images.tag(image, name);
  },
});
