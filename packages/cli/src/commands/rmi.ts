import { familiarReference, parseReference } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { each } from './each.js';

export default defineCommand<{ force?: boolean }>({
  configure(command) {
    command.argument('<image...>', 'names or IDs').option('-f, --force', 'also if stopped containers use it, and all its names').option('--no-prune', 'keep untagged parents: images have none here').addHelpText('after', '\nExample:\n  caisson rmi app:1\n');
  },
  run: (cli, names, { force = false }) =>
    each(cli, names, async (name) => {
      const { untagged, deleted } = await cli.engine.images.remove(name, { force });
      for (const full of untagged) cli.print(`Untagged: ${familiarReference(parseReference(full))}`);
      for (const id of deleted) cli.print(`Deleted: ${id}`);
    }, { missing: force }),
});
