import { defineCommand } from '../cli.js';
import { cacheFilters } from '../flags/cache-filters.js';
import { collect } from '../flags/collect.js';
import { table } from '../output/table.js';
import { formatDuration, formatSize } from '../output/units.js';

export default defineCommand<{ format?: string; filter?: string[] }>({
  configure(command) {
    command
      .option('--filter <name=value>', 'until=TIME: only what was last used before a time, or longer ago than a span (24h); type=layer or mount', collect)
      .option('--format <format>', 'table or json')
      .addHelpText('after', '\nA build keeps the cache within a tenth of the disk.\n\nExample:\n  caisson build du --filter type=mount\n');
  },
  async run(cli, _args, { format, filter = [] }) {
    const { before, kind } = cacheFilters(filter);
    const entries = (await cli.engine.builds.cache()).filter((entry) => (kind === undefined || entry.kind === kind) && (before === undefined || entry.used < before));
    if (format === 'json') {
      for (const entry of entries) cli.print(JSON.stringify(entry));
      return;
    }
    const short = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text).replaceAll('\n', ' ');
    cli.print(table(['ID', 'KIND', 'SIZE', 'LAST USED', 'USES', 'MADE BY'], entries.map(({ id, kind, bytes, used, uses, description }) => [id.replace('sha256:', '').slice(0, 12), kind, formatSize(bytes), `${formatDuration(Date.now() - used.getTime())} ago`, String(uses), short(description)])));
    cli.print(`Total: ${formatSize(entries.reduce((sum, entry) => sum + entry.bytes, 0))}`);
  },
});
