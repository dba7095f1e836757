import { inspectNetwork } from '../output/inspect.js';
import { defineCommand } from '../cli.js';
import { inspectEach } from './inspect-each.js';

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.argument('<name...>', 'names or IDs').option('-f, --format <format>', 'json, or fields such as {{.Id}}').addHelpText('after', '\nExample:\n  caisson network inspect bridge\n');
  },
  run: (cli, names, { format }) => inspectEach(cli, names, async (name) => inspectNetwork(await cli.engine.networks.get(name), await cli.engine.containers.list()), format),
});
