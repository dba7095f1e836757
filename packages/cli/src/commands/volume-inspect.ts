import { inspectVolume } from '../output/inspect.js';
import { defineCommand } from '../cli.js';
import { inspectEach } from './inspect-each.js';

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.argument('<name...>', 'names').option('-f, --format <format>', 'json, or fields such as {{.Id}}').addHelpText('after', '\nExample:\n  caisson volume inspect data\n');
  },
  run: (cli, names, { format }) => inspectEach(cli, names, async (name) => inspectVolume(await cli.engine.volumes.get(name)), format),
});
