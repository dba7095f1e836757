import { defineCommand } from '../cli.js';
import { parsePlatformFlag } from '../flags/platform.js';
import { writeArchive } from '../output/write-archive.js';

export default defineCommand<{ output?: string; platform?: string }>({
  configure(command) {
    command
      .argument('<image...>', 'names or IDs')
      .option('-o, --output <file>', 'write to a file instead of standard output')
      .option('--platform <os/arch>', 'only this one of images for several')
      .addHelpText('after', '\nThe archive is a docker-archive and an OCI layout in one.\n\nExample:\n  caisson save -o app.tar app:1\n');
  },
  async run(cli, names, { output, platform }) {
    await writeArchive(cli.engine.images.save(names, { signal: cli.signal, ...(platform === undefined ? {} : { platform: parsePlatformFlag(platform) }) }), output);
  },
});
