import { CaissonError, type FoundRepository } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { filterBy } from '../flags/filters.js';
import { formatHelp, formatList, type Listing } from '../output/list.js';
import { writeOut } from '../output/write.js';

export default defineCommand<{ filter?: string[]; format?: string; limit?: string; trunc: boolean }>({
  configure(command) {
    command
      .argument('<term>', 'what to look for; with a registry in front, there')
      .option('-f, --filter <name=value>', 'only those with is-official=true or stars=N', collect)
      .option('--format <format>', formatHelp)
      .option('--limit <number>', 'at most so many')
      .option('--no-trunc', 'whole descriptions')
      .addHelpText('after', '\nExamples:\n  caisson search nginx --limit 5\n  caisson search -f is-official=true postgres\n');
  },
  async run(cli, [term = ''], { filter = [], format, limit, trunc }) {
    const most = limit === undefined ? undefined : Number(limit);
    if (most !== undefined && !(Number.isInteger(most) && most >= 1 && most <= 100)) throw new CaissonError('invalid-argument', `--limit: ${JSON.stringify(limit)} is not a number from 1 to 100`);
    const listing = searchListing(trunc);
    formatList(listing, [], format);
    const match = filterBy<FoundRepository>(filter, {
      'is-official': ({ official }, value) => official === /^(?:true|1)$/i.test(value),
      'is-automated': (_found, value) => !/^(?:true|1)$/i.test(value),
      stars: ({ stars }, value) => stars >= Number(value),
    });
    const found = await cli.engine.registries.search(term, { signal: cli.signal, ...(most === undefined ? {} : { limit: most }) });
    writeOut(formatList(listing, found.filter(match), format));
  },
});

function searchListing(truncate: boolean): Listing<FoundRepository> {
  return {
    columns: ['Name', 'Description', 'StarCount', 'IsOfficial'],
    fields: {
      Name: ['NAME', ({ name }) => name],
      Description: ['DESCRIPTION', ({ description }) => shortened(description.replaceAll(/\s+/g, ' '), truncate ? 45 : Number.POSITIVE_INFINITY)],
      StarCount: ['STARS', ({ stars }) => String(stars)],
      IsOfficial: ['OFFICIAL', ({ official }) => (official ? '[OK]' : '')],
      IsAutomated: ['AUTOMATED', () => ''],
    },
  };
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
