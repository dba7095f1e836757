import type { CacheEntry } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { formatHelp, formatList, type Listing } from '../output/list.js';
import { formatDuration, formatSize, formatTime } from '../output/units.js';
import { writeOut } from '../output/write.js';

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.option('--format <format>', formatHelp).addHelpText('after', '\nExamples:\n  caisson builder du\n  caisson builder du --format "{{.ID}} {{.Size}}"\n');
  },
  async run(cli, _args, { format }) {
    formatList(listing, [], format);
    const entries = await cli.engine.builds.cache();
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
