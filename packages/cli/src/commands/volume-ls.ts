import { defineCommand } from '../cli.js';
import { table } from '../output/table.js';

export default defineCommand<{ quiet?: boolean; format?: string }>({
  configure(command) {
    command.option('-q, --quiet', 'only names').option('--format <format>', 'table or json').addHelpText('after', '\nExample:\n  caisson volume ls -q\n');
  },
  async run(cli, _args, { quiet, format }) {
    const volumes = await cli.engine.volumes.list();
    if (quiet) for (const { name } of volumes) cli.print(name);
    else if (format === 'json') for (const volume of volumes) cli.print(JSON.stringify({ Driver: volume.driver, Name: volume.name, Mountpoint: volume.mountpoint, Labels: volume.labels }));
    else cli.print(table(['DRIVER', 'VOLUME NAME'], volumes.map(({ driver, name }) => [driver, name])));
  },
});
