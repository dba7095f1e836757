import { familiarReference, parseReference } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { readInput } from '../flags/input.js';
import { parsePlatformFlag } from '../flags/platform.js';

export default defineCommand<{ input?: string; quiet?: boolean; platform?: string }>({
  configure(command) {
    command
      .option('-i, --input <file>', 'read a file instead of standard input')
      .option('-q, --quiet', 'only print IDs')
      .option('--platform <os/arch>', 'only this one of images for several')
      .addHelpText('after', '\nTakes docker-archives and OCI layouts, plain or compressed with gzip or zstd.\n\nExample:\n  caisson load -i app.tar\n');
  },
  async run(cli, _args, { input, quiet, platform }) {
    const { name, bytes } = readInput(input);
    for (const { id, names } of await cli.engine.images.load(bytes, { name, signal: cli.signal, ...(platform === undefined ? {} : { platform: parsePlatformFlag(platform) }) })) {
      if (quiet) cli.print(id);
      else if (names.length === 0) cli.print(`Loaded image ID: ${id}`);
      else for (const full of names) cli.print(`Loaded image: ${familiarReference(parseReference(full))}`);
    }
  },
});
