import { parseReference } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';

export default defineCommand<{ author?: string; change?: string[]; message?: string; pause: boolean }>({
  configure(command) {
    command
      .argument('<container>', 'name or ID')
      .argument('[name]', 'name for the image')
      .option('-a, --author <author>', 'who made it: "Ada <ada@example.com>"')
      .option('-c, --change <instruction>', 'apply a Dockerfile instruction: CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, USER, VOLUME, WORKDIR, …', collect)
      .option('-m, --message <text>', 'comment in the history')
      .option('-p, --pause', 'freeze the container while its files are read', true)
      .option('--no-pause', 'do not freeze the container while its files are read')
      .addHelpText('after', '\nExample:\n  caisson commit -m "with curl" -c \'CMD ["curl"]\' work tools:1\n');
  },
  async run(cli, [container = '', name], { author, change, message, pause }) {
    const { id } = await cli.engine.containers.commit(container, {
      ...(pause ? {} : { pause }),
      signal: cli.signal,
      ...(name === undefined ? {} : { name: parseReference(name) }),
      ...(author === undefined ? {} : { author }),
      ...(message === undefined ? {} : { message }),
      ...(change === undefined ? {} : { changes: change }),
    });
    cli.print(id);
  },
});
