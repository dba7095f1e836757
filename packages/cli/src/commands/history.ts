import type { StoredImage } from '@caisson/core';
import { Option } from 'commander';
import { defineCommand } from '../cli.js';
import { parsePlatformFlag } from '../flags/platform.js';
import { formatHelp, formatList, type Listing } from '../output/list.js';
import { formatDuration, formatSize } from '../output/units.js';
import { writeOut } from '../output/write.js';

/** One step of an image's history. */
interface Step {
  /** Of the image, at its last step; that of others is not known to it. */
  readonly id: string;
  readonly created: Date | undefined;
  readonly by: string;
  readonly size: number;
  readonly comment: string;
}

export default defineCommand<{ quiet?: boolean; trunc: boolean; human: boolean; format?: string; platform?: string }>({
  configure(command) {
    command
      .argument('<image>', 'name or ID')
      .option('-q, --quiet', 'only IDs')
      .option('--no-trunc', 'whole commands and digests')
      .addOption(new Option('-H, --human').hideHelp())
      .option('--no-human', 'sizes in bytes, times as they are')
      .option('--format <format>', formatHelp)
      .option('--platform <os/arch>', 'of an image for several')
      .addHelpText('after', '\nExamples:\n  caisson history --no-trunc app\n  caisson history --format "{{.Size}}\\t{{.CreatedBy}}" app\n');
  },
  async run(cli, [name = ''], { quiet, trunc, human, format, platform }) {
    const listing = historyListing(trunc, human);
    if (!quiet) formatList(listing, [], format);
    const steps = stepsOf(await cli.engine.images.get(name, platform === undefined ? {} : { platform: parsePlatformFlag(platform) }));
    if (quiet) for (const { id } of steps) cli.print(trunc && id.startsWith('sha256:') ? id.slice(7, 19) : id);
    else writeOut(formatList(listing, steps, format));
  },
});

/** The last step first, as docker has it. */
function stepsOf({ id, manifest, config }: StoredImage): Step[] {
  let place = 0;
  const steps = (config.history ?? []).map(({ created, created_by: by = '', comment = '', empty_layer: empty }): Step => {
    const at = Date.parse(created ?? '');
    const index = empty ? undefined : place++;
    return {
      id: '<missing>',
      created: Number.isNaN(at) || at <= 0 ? undefined : new Date(at),
      by,
      size: index === undefined ? 0 : (manifest.layers[index]?.size ?? 0),
      comment,
    };
  });
  return steps.reverse().map((step, at) => (at === 0 ? { ...step, id } : step));
}

function historyListing(truncate: boolean, human: boolean): Listing<Step> {
  return {
    columns: ['ID', human ? 'CreatedSince' : 'CreatedAt', 'CreatedBy', 'Size', 'Comment'],
    fields: {
      ID: ['IMAGE', ({ id }) => (truncate && id.startsWith('sha256:') ? id.slice(7, 19) : id)],
      CreatedAt: ['CREATED AT', ({ created }) => (created ? `${created.toISOString().slice(0, 19)}Z` : 'N/A')],
      CreatedSince: ['CREATED', ({ created }) => (created ? (human ? `${formatDuration(Date.now() - created.getTime())} ago` : `${created.toISOString().slice(0, 19)}Z`) : 'N/A')],
      CreatedBy: ['CREATED BY', ({ by }) => shortened(by.replaceAll(/\s+/g, ' '), truncate ? 45 : Number.POSITIVE_INFINITY)],
      Size: ['SIZE', ({ size }) => (human ? formatSize(size) : String(size))],
      Comment: ['COMMENT', ({ comment }) => comment],
    },
  };
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
