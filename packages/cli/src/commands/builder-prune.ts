import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { formatSize, parseSize } from '../output/units.js';
import { confirm } from '../terminal/confirm.js';
import { parseTime } from './logs.js';

export default defineCommand<{ force?: boolean; keepStorage?: string; filter?: string }>({
  configure(command) {
    command
      .option('-a, --all', "also what later builds could use: always so here, as docker's builder has it with -a")
      .option('-f, --force', 'do not ask')
      .option('--keep-storage <size>', 'stop when no more than this is left')
      .option('--filter <until=time>', 'only what was last used before a time, or longer ago than a span: until=24h')
      .addHelpText('after', '\nWhat was used least recently goes first.\n\nExample:\n  caisson builder prune -f --keep-storage 2g\n');
  },
  async run(cli, _args, { force = false, keepStorage, filter }) {
    const [name, until] = filter?.split(/=(.*)/s) ?? [];
    if (filter !== undefined && (name !== 'until' || !until)) throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(filter)} is not a filter`, { hint: 'write until=24h' });
    if (!force && !(await confirm('This removes cached build steps.'))) return 1;
    const { entries, bytes } = await cli.engine.builds.prune({
      ...(keepStorage === undefined ? {} : { keepBytes: parseSize(keepStorage, '--keep-storage') }),
      ...(until ? { before: parseTime(until, '--filter until') } : {}),
    });
    for (const { id } of entries) cli.print(`Deleted: ${id}`);
    cli.print(`Total reclaimed space: ${formatSize(bytes)}`);
  },
});
