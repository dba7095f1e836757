import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { pairs } from '../flags/values.js';

export default defineCommand<{ driver: string; subnet?: string; gateway?: string; internal?: boolean; label?: string[] }>({
  configure(command) {
    command
      .argument('<name>', 'name')
      .option('-d, --driver <driver>', 'bridge is the only one', 'bridge')
      .option('--subnet <cidr>', 'addresses, such as 10.89.0.0/24')
      .option('--gateway <address>', "the bridge's own address")
      .option('--internal', 'no way out of it')
      .option('--label <name=value>', 'label it', collect)
      .addHelpText('after', '\nExample:\n  caisson network create --subnet 10.89.0.0/24 backend\n');
  },
  async run(cli, [name = ''], { driver, subnet, gateway, internal, label = [] }) {
    if (driver !== 'bridge') throw new CaissonError('unsupported', `there is no network driver ${driver}`, { hint: 'bridge is the only one' });
    const network = await cli.engine.networks.create({ name, labels: pairs(label), ...(subnet === undefined ? {} : { subnet }), ...(gateway === undefined ? {} : { gateway }), ...(internal ? { internal } : {}) });
    cli.print(network.id);
  },
});
