import { CaissonError, parseReference } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { parsePlatformFlag } from '../flags/platform.js';

export default defineCommand<{ from?: string; platform?: string }>({
  configure(command) {
    command
      .argument('<image>', 'name or ID')
      .argument('[name]', 'name for the new image')
      .option('--from <layer>', 'join only from this layer on, so that those below can still be shared; 0 is the lowest', '0')
      .option('--platform <os/arch>', 'of an image for several')
      .addHelpText('after', '\nWhat one layer made and a later one deleted is in the new image no more. The old image stays.\n\nExample:\n  caisson image squash --from 2 app:1 app:1-small\n');
  },
  async run(cli, [image = '', name], { from = '0', platform }) {
    if (!/^\d+$/.test(from)) throw new CaissonError('invalid-argument', `--from: ${JSON.stringify(from)} is not the number of a layer`, { hint: 'caisson image files --summary lists them' });
    const { id } = await cli.local.images.squash(image, {
      from: Number(from),
      signal: cli.signal,
      ...(name === undefined ? {} : { name: parseReference(name) }),
      ...(platform === undefined ? {} : { platform: parsePlatformFlag(platform) }),
    });
    cli.print(id);
  },
});
