import { familiarReference, parsePlatform, parseReference, withDefaultTag } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { showProgress } from '../output/progress.js';

export default defineCommand<{ quiet?: boolean; platform?: string; allPlatforms?: boolean }>({
  configure(command) {
    command
      .argument('<image>', 'name, with a tag or a digest')
      .option('--platform <os/arch>', 'platform to take of an image for several')
      .option('--all-platforms', 'take all of them')
      .option('-q, --quiet', 'only print the name')
      .addHelpText('after', '\nExamples:\n  caisson pull alpine:3.22\n  caisson pull --platform linux/arm64 ghcr.io/acme/app\n');
  },
  async run(cli, [name = ''], { quiet = false, platform, allPlatforms }) {
    const reference = withDefaultTag(parseReference(name));
    const task = cli.engine.images.pull(name, { signal: cli.signal, ...(platform === undefined ? {} : { platform: parsePlatform(platform) }), ...(allPlatforms ? { allPlatforms } : {}) });
    const { target } = await showProgress(task, quiet);
    if (!quiet) process.stderr.write(`Digest: ${target.digest}\n`);
    cli.print(familiarReference(reference));
  },
});
