import type { CacheEntry } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { cacheFilters } from '../flags/cache-filters.js';
import { collect } from '../flags/collect.js';
import { formatHelp, formatList, type Listing } from '../output/list.js';
import { formatDuration, formatSize, formatTime } from '../output/units.js';
import { writeOut } from '../output/write.js';

export default defineCommand<{ format?: string; filter?: string[] }>({
  configure(command) {
    command
      .option('--filter <name=value>', 'until=TIME: only what was last used before a time, or longer ago than a span (24h); type=layer or mount', collect)
      .option('--format <format>', formatHelp)
      .addHelpText('after', '\nA build keeps the cache within a tenth of the disk.\n\nExamples:\n  caisson build du --filter type=mount\n  caisson build du --format "{{.ID}} {{.Size}}"\n');
  },
  async run(cli, _args, { format, filter = [] }) {
    formatList(listing, [], format);
    const { before, kind } = cacheFilters(filter);
    const entries = (await cli.engine.builds.cache()).filter((entry) => (kind === undefined || entry.kind === kind) && (before === undefined || entry.used < before));
    writeOut(formatList(listing, entries, format));
    if (format === undefined) cli.print(`Total: ${formatSize(entries.reduce((sum, entry) => sum + entry.bytes, 0))}`);
  },
});

const listing: Listing<CacheEntry> = {
  columns: ['ID', 'Kind', 'Size', 'LastUsedSince', 'UsageCount', 'Description'],
  fields: {
    ID: ['ID', ({ id }) => id.replace('sha256:', '').slice(0, 12)],
    Kind: ['KIND', ({ kind }) => kind],
    Size: ['SIZE', ({ bytes }) => formatSize(bytes)],
    CreatedAt: ['CREATED AT', ({ created }) => formatTime(created)],
    LastUsedAt: ['LAST USED AT', ({ used }) => formatTime(used)],
    LastUsedSince: ['LAST USED', ({ used }) => `${formatDuration(Date.now() - used.getTime())} ago`],
    UsageCount: ['USES', ({ uses }) => uses],
    Description: ['MADE BY', ({ description }) => shortened(description)],
  },
};

function shortened(text: string): string {
  return (text.length > 60 ? `${text.slice(0, 59)}…` : text).replaceAll('\n', ' ');
}
