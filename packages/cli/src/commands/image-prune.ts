import { defineCommand } from '../cli.js';
import { confirm } from '../terminal/confirm.js';
import { formatSize } from '../output/units.js';

export default defineCommand<{ all?: boolean; force?: boolean }>({
  configure(command) {
    command
      .option('-a, --all', 'every image that no container uses, not only those without a name')
      .option('-f, --force', 'do not ask')
      .addHelpText('after', '\nExample:\n  caisson image prune -f\n');
  },
  async run(cli, _args, { all = false, force = false }) {
    if (!force && !(await confirm(`This removes ${all ? 'all images that no container uses' : 'all images without a name'}.`))) return 1;
    const { images, bytes } = await cli.engine.images.prune({ all });
    for (const { deleted } of images) for (const id of deleted) cli.print(`Deleted: ${id}`);
    cli.print(`Total reclaimed space: ${formatSize(bytes)}`);
  },
});
