import { familiarReference, parseReference } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { parsePruneFilters, pruneFilterHelp } from '../flags/prune.js';
import { formatSize } from '../output/units.js';
import { confirm } from '../terminal/confirm.js';

export default defineCommand<{ all?: boolean; force?: boolean; filter?: string[] }>({
  configure(command) {
    command
      .option('-a, --all', 'every image that no container uses, not only those without a name')
      .option('-f, --force', 'do not ask')
      .option('--filter <name=value>', pruneFilterHelp, collect)
      .addHelpText('after', '\nExample:\n  caisson image prune -af --filter until=240h\n');
  },
  async run(cli, _args, { all = false, force = false, filter = [] }) {
    // docker's own name for what --all says.
    const isDangling = (one: string): boolean => one.startsWith('dangling=');
    const dangling = filter.findLast(isDangling);
    const everything = dangling === undefined ? all : /=(?:false|0)$/.test(dangling);
    const options = parsePruneFilters(filter.filter((one) => !isDangling(one)));
    if (!force && !(await confirm(`This removes ${everything ? 'all images that no container uses' : 'all images without a name'}.`))) return 0;
    const { images, bytes } = await cli.engine.images.prune({ ...options, all: everything });
    for (const { untagged, deleted } of images) {
      for (const name of untagged) cli.print(`Untagged: ${familiarReference(parseReference(name))}`);
      for (const id of deleted) cli.print(`Deleted: ${id}`);
    }
    cli.print(`Total reclaimed space: ${formatSize(bytes)}`);
  },
});
