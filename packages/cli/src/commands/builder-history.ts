import type { BuildRecord } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { formatHelp, formatList, type Listing } from '../output/list.js';
import { formatDuration, formatTime } from '../output/units.js';
import { writeOut } from '../output/write.js';

export default defineCommand<{ format?: string }>({
  configure(command) {
    command.option('--format <format>', formatHelp).addHelpText('after', '\nExamples:\n  caisson build history\n  caisson build history --format "{{.Name}} {{.Status}} {{.Error}}"\n');
  },
  async run(cli, _args, { format }) {
    formatList(listing, [], format);
    writeOut(formatList(listing, await cli.engine.builds.history(), format));
  },
});

const listing: Listing<BuildRecord> = {
  columns: ['ID', 'Name', 'Status', 'StartedSince', 'Duration', 'Cached', 'ImageID'],
  fields: {
    ID: ['BUILD ID', ({ id }) => id.slice(0, 12)],
    Name: ['NAME', ({ name }) => name],
    Status: ['STATUS', ({ status }) => status],
    StartedAt: ['STARTED AT', ({ started }) => formatTime(started)],
    StartedSince: ['STARTED', ({ started }) => `${formatDuration(Date.now() - started.getTime())} ago`],
    Duration: ['DURATION', ({ started, finished }) => (finished ? `${((finished.getTime() - started.getTime()) / 1000).toFixed(1)}s` : '')],
    Cached: ['CACHED', ({ steps }) => `${steps.cached} of ${steps.total}`],
    ImageID: ['IMAGE ID', ({ imageId }) => imageId?.slice(7, 19) ?? ''],
    Error: ['ERROR', ({ error }) => error ?? ''],
  },
};
