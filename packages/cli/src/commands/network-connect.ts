import type { ConnectOptions } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { definedOnly } from '../flags/values.js';

export default defineCommand<{ alias?: string[]; ip?: string; ip6?: string; macAddress?: string }>({
  configure(command) {
    command
      .argument('<network>', 'name or ID')
      .argument('<container>', 'name or ID')
      .option('--alias <name>', 'another name on this network', collect)
      .option('--ip <address>', 'address')
      .option('--ip6 <address>', 'IPv6 address')
      .option('--mac-address <address>', 'MAC address')
      .addHelpText('after', '\nA container that runs is joined at once, another one when it starts.\n\nExample:\n  caisson network connect --alias db backend postgres\n');
  },
  async run(cli, [network = '', container = ''], { alias, ip, ip6, macAddress }) {
    await cli.engine.networks.connect(network, container, definedOnly<ConnectOptions>({ aliases: alias, ip, ip6, macAddress }));
  },
});
