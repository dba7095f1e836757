import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { Option } from 'commander';
import { collect } from '../flags/collect.js';
import { pairs } from '../flags/values.js';

export default defineCommand<{ driver: string; label?: string[]; opt?: string[]; name?: string }>({
  configure(command) {
    command
      .argument('[name]', 'name; a random one when there is none')
      .option('-d, --driver <driver>', 'local is the only one', 'local')
      .option('--label <name=value>', 'label it', collect)
      .option('-o, --opt <name=value>', 'option of the driver', collect)
      .addOption(new Option('--name <name>', "docker's old way to name it").hideHelp())
      .addHelpText('after', '\nExample:\n  caisson volume create data\n');
  },
  async run(cli, [name], { driver, label = [], opt = [], name: named }) {
    if (driver !== 'local') throw new CaissonError('unsupported', `there is no volume driver ${driver}`, { hint: 'local is the only one; it mounts network file systems too: -o type=nfs -o o=addr=…,rw -o device=:/path' });
    if (name !== undefined && named !== undefined && name !== named) throw new CaissonError('invalid-argument', '--name and the argument name two volumes');
    const wanted = name ?? named;
    const volume = await cli.engine.volumes.create({ labels: pairs(label), options: pairs(opt), ...(wanted === undefined ? {} : { name: wanted }) });
    cli.print(volume.name);
  },
});
