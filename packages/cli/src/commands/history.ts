import type { StoredImage } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { parsePlatformFlag } from '../flags/platform.js';
import { formatHelp, formatList, type Listing } from '../output/list.js';
import { formatDuration, formatSize, formatTime } from '../output/units.js';
import { writeOut } from '../output/write.js';

/** One step of an image's history, and the layer that it made if it made one. */
interface Step {
  readonly layer: string;
  readonly created: Date | undefined;
  readonly by: string;
  readonly size: number;
  readonly comment: string;
}

export default defineCommand<{ quiet?: boolean; trunc: boolean; human: boolean; format?: string; platform?: string }>({
  configure(command) {
    command
      .argument('<image>', 'name or ID')
      .option('-q, --quiet', 'only the digests of layers')
      .option('--no-trunc', 'whole commands and digests')
      .option('-H, --no-human', 'sizes in bytes, times as they are')
      .option('--format <format>', formatHelp)
      .option('--platform <os/arch>', 'of an image for several')
      .addHelpText('after', '\nExamples:\n  caisson history --no-trunc app\n  caisson history --format "{{.Size}}\\t{{.CreatedBy}}" app\n');
  },
  async run(cli, [name = ''], { quiet, trunc, human, format, platform }) {
    const listing = historyListing(trunc, human);
    if (!quiet) formatList(listing, [], format);
    const steps = stepsOf(await cli.engine.images.get(name, platform === undefined ? {} : { platform: parsePlatformFlag(platform) }));
    if (quiet) for (const { layer } of steps) cli.print(trunc && layer.startsWith('sha256:') ? layer.slice(7, 19) : layer);
    else writeOut(formatList(listing, steps, format));
  },
});

/** The last step first, as docker has it. */
function stepsOf({ manifest, config }: StoredImage): Step[] {
  let place = 0;
  const steps = (config.history ?? []).map(({ created, created_by: by = '', comment = '', empty_layer: empty }): Step => {
    const at = Date.parse(created ?? '');
    const index = empty ? undefined : place++;
    return {
      layer: (index === undefined ? undefined : config.rootfs.diff_ids[index]) ?? '<missing>',
      created: Number.isNaN(at) || at <= 0 ? undefined : new Date(at),
      by,
      size: index === undefined ? 0 : (manifest.layers[index]?.size ?? 0),
      comment,
    };
  });
  return steps.reverse();
}

function historyListing(truncate: boolean, human: boolean): Listing<Step> {
  return {
    columns: ['ID', human ? 'CreatedSince' : 'CreatedAt', 'CreatedBy', 'Size', 'Comment'],
    fields: {
      ID: ['IMAGE', ({ layer }) => (truncate && layer.startsWith('sha256:') ? layer.slice(7, 19) : layer)],
      CreatedAt: ['CREATED AT', ({ created }) => (created ? (human ? formatTime(created) : created.toISOString()) : 'N/A')],
      CreatedSince: ['CREATED', ({ created }) => (created ? (human ? `${formatDuration(Date.now() - created.getTime())} ago` : created.toISOString()) : 'N/A')],
      CreatedBy: ['CREATED BY', ({ by }) => shortened(by.replaceAll(/\s+/g, ' '), truncate ? 45 : Number.POSITIVE_INFINITY)],
      Size: ['SIZE', ({ size }) => (human ? formatSize(size) : String(size))],
      Comment: ['COMMENT', ({ comment }) => comment],
    },
  };
}

function shortened(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length - 1)}…` : text;
}
