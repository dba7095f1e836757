import { CaissonError, familiarRepository, parsePlatform, parseReference, withDefaultTag, type LayerCompression } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { showProgress } from '../output/progress.js';

const compressions: readonly LayerCompression[] = ['gzip', 'zstd', 'none'];

export default defineCommand<{ quiet?: boolean; platform?: string; compression: string }>({
  configure(command) {
    command
      .argument('<image>', 'name, with its registry: registry.example/app:1')
      .option('--platform <os/arch>', 'send only this platform of an image for several')
      .option('--compression <kind>', 'what layers built here are compressed with: gzip, zstd or none', 'gzip')
      .option('-q, --quiet', 'do not show progress')
      .addHelpText('after', '\nExample:\n  caisson push localhost:5000/app:1\n');
  },
  async run(cli, [name = ''], { quiet = false, platform, compression }) {
    const kind = compressions.find((known) => known === compression);
    if (!kind) throw new CaissonError('invalid-argument', `--compression: ${JSON.stringify(compression)} is not known`, { hint: `use one of ${compressions.join(', ')}` });
    const digest = await showProgress(cli.engine.images.push(name, { signal: cli.signal, compression: kind, ...(platform === undefined ? {} : { platform: parsePlatform(platform) }) }), quiet);
    const reference = withDefaultTag(parseReference(name));
    cli.print(`${familiarRepository(reference)}@${digest}`);
  },
});
