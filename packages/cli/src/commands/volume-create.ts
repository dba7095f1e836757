import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { pairs } from '../flags/values.js';

export default defineCommand<{ label?: string[]; opt?: string[]; name?: string }>({
  configure(command) {
    command
      .argument('[name]', 'name; a random one when there is none')
      .option('--label <name=value>', 'label it', collect)
      .option('-o, --opt <name=value>', 'option of the driver', collect)
      .addHelpText('after', '\nExample:\n  caisson volume create data\n');
  },
  async run(cli, [name], { label = [], opt = [] }) {
    const volume = await cli.engine.volumes.create({ labels: pairs(label), options: pairs(opt), ...(name === undefined ? {} : { name }) });
    cli.print(volume.name);
  },
});
