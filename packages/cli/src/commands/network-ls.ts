import { defineCommand } from '../cli.js';
import { table } from '../output/table.js';

export default defineCommand<{ quiet?: boolean; format?: string; trunc: boolean }>({
  configure(command) {
    command.option('-q, --quiet', 'only IDs').option('--format <format>', 'table or json').option('--no-trunc', 'whole IDs').addHelpText('after', '\nExample:\n  caisson network ls\n');
  },
  async run(cli, _args, { quiet, format, trunc }) {
    const id = (whole: string) => (trunc ? whole.slice(0, 12) : whole);
    const networks = await cli.engine.networks.list();
    if (quiet) for (const network of networks) cli.print(id(network.id));
    else if (format === 'json') for (const network of networks) cli.print(JSON.stringify({ ID: id(network.id), Name: network.name, Driver: network.driver, Subnet: network.subnet }));
    else cli.print(table(['NETWORK ID', 'NAME', 'DRIVER', 'SUBNET'], networks.map((network) => [id(network.id), network.name, network.driver, network.subnet])));
  },
});
