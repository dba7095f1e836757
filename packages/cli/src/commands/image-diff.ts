import { CaissonError } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { parsePlatformFlag } from '../flags/platform.js';
import { formatSize } from '../output/units.js';

const letters = { added: 'A', changed: 'C', deleted: 'D' } as const;

export default defineCommand<{ format?: string; platform?: string }>({
  configure(command) {
    command
      .argument('<image>', 'name or ID')
      .argument('<other>', 'name or ID')
      .option('--format <format>', 'text or json', 'text')
      .option('--platform <os/arch>', 'of images for several')
      .addHelpText('after', '\nWhat it takes to make the second of the first: files that are added (A), changed (C) and deleted (D), and fields of the config.\nTimes alone are no difference.\n\nExample:\n  caisson image diff app:1 app:2\n');
  },
  async run(cli, [a = '', b = ''], { format, platform }) {
    if (format !== 'text' && format !== 'json') throw new CaissonError('invalid-argument', `--format: ${JSON.stringify(format)} is neither text nor json`);
    const comparison = await cli.engine.images.compare(a, b, { signal: cli.signal, ...(platform === undefined ? {} : { platform: parsePlatformFlag(platform) }) });
    if (format === 'json') {
      cli.print(JSON.stringify(comparison, null, 2));
      return;
    }
    for (const { field, before, after } of comparison.config) cli.print(`${field}: ${JSON.stringify(before) ?? 'none'} → ${JSON.stringify(after) ?? 'none'}`);
    for (const { kind, path, type, before, after } of comparison.changes) {
      const size = type !== 'file' ? '' : kind === 'changed' && before !== after ? ` (${formatSize(before)} → ${formatSize(after)})` : ` (${formatSize(kind === 'deleted' ? before : after)})`;
      cli.print(`${letters[kind]} /${path}${type === 'directory' ? '/' : ''}${size}`);
    }
  },
});
