import { parsePlatform, parseReference } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { fetched } from '../flags/fetched.js';
import { readInput } from '../flags/input.js';

export default defineCommand<{ change?: string[]; message?: string; platform?: string }>({
  configure(command) {
    command
      .argument('<file>', 'tar of a root file system, plain or compressed, or its address on the web; - for standard input')
      .argument('[name]', 'name for the image')
      .option('-c, --change <instruction>', 'apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, USER, VOLUME, WORKDIR, STOPSIGNAL', collect)
      .option('-m, --message <text>', 'comment in the history')
      .option('--platform <os/arch>', 'platform of the image')
      .addHelpText('after', '\nExample:\n  caisson import -c \'CMD ["/bin/sh"]\' rootfs.tar base:1\n');
  },
  async run(cli, [file, name], { change = [], message, platform }) {
    const bytes = file !== undefined && /^https?:\/\//.test(file) ? await fetched(file, cli.signal) : readInput(file).bytes;
    const config = change.length > 0 ? (await import('@caisson/builder')).applyChanges({}, change) : {};
    const { id } = await cli.engine.images.import(bytes, {
      signal: cli.signal,
      config,
      ...(name === undefined ? {} : { name: parseReference(name) }),
      ...(message === undefined ? {} : { message }),
      ...(platform === undefined ? {} : { platform: parsePlatform(platform) }),
    });
    cli.print(id);
  },
});
