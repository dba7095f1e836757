import { defineCommand } from '../cli.js';
import { table } from '../output/table.js';
import { formatDuration } from '../output/units.js';

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.option('--format <format>', 'table or json').addHelpText('after', '\nExample:\n  caisson build history\n');
  },
  async run(cli, _args, { format }) {
    const builds = await cli.engine.builds.history();
    if (format === 'json') {
      for (const build of builds) cli.print(JSON.stringify(build));
      return;
    }
    cli.print(
      table(
        ['BUILD ID', 'NAME', 'STATUS', 'STARTED', 'DURATION', 'CACHED', 'IMAGE ID'],
        builds.map(({ id, name, status, started, finished, steps, imageId }) => [id.slice(0, 12), name, status, `${formatDuration(Date.now() - started.getTime())} ago`, finished ? `${((finished.getTime() - started.getTime()) / 1000).toFixed(1)}s` : '', `${steps.cached} of ${steps.total}`, imageId?.slice(7, 19) ?? '']),
      ),
    );
  },
});
