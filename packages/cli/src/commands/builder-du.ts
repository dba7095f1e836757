import { defineCommand } from '../cli.js';
import { table } from '../output/table.js';
import { formatDuration, formatSize } from '../output/units.js';

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.option('--format <format>', 'table or json').addHelpText('after', '\nExample:\n  caisson builder du\n');
  },
  async run(cli, _args, { format }) {
    const entries = await cli.engine.builds.cache();
    if (format === 'json') {
      for (const entry of entries) cli.print(JSON.stringify(entry));
      return;
    }
    const short = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text).replaceAll('\n', ' ');
    cli.print(table(['ID', 'KIND', 'SIZE', 'LAST USED', 'USES', 'MADE BY'], entries.map(({ id, kind, bytes, used, uses, description }) => [id.replace('sha256:', '').slice(0, 12), kind, formatSize(bytes), `${formatDuration(Date.now() - used.getTime())} ago`, String(uses), short(description)])));
    cli.print(`Total: ${formatSize(entries.reduce((sum, entry) => sum + entry.bytes, 0))}`);
  },
});
