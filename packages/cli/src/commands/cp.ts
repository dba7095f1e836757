import { CaissonError } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { copyOut, streamOut } from '../copy/from-container.js';
import type { CopyOptions } from '../copy/options.js';
import { parsePlace, type Place } from '../copy/place.js';
import { copyIn, streamIn } from '../copy/to-container.js';
import { formatSize } from '../output/units.js';

export default defineCommand<{ archive?: boolean; followLink?: boolean; quiet?: boolean }>({
  configure(command) {
    command
      .argument('<source>', 'path, CONTAINER:PATH, or - for a tar from standard input')
      .argument('<target>', 'path, CONTAINER:PATH, or - for a tar to standard output')
      .option('-a, --archive', 'keep the owners that files have at the source')
      .option('-L, --follow-link', 'where the source is a symbolic link, copy what it leads to')
      .option('-q, --quiet', 'do not say what was copied')
      .addHelpText(
        'after',
        `
The container need not run. Its volumes and binds are part of it. A path in a container is from its root. A source folder that ends with
/. means what is in it. A folder is copied into a target folder that exists, and becomes the target where there is none.

Examples:
  caisson cp web:/etc/nginx/nginx.conf .
  caisson cp ./site/. web:/usr/share/nginx/html
  caisson cp web:/var/log - | tar -tv
`,
      );
  },
  async run(cli, [from = '', to = ''], { archive = false, followLink = false, quiet = false }) {
    const bytes = await copy(cli, parsePlace(from), parsePlace(to), { archive, followLink });
    if (bytes !== undefined && !quiet) process.stderr.write(`Successfully copied ${formatSize(bytes)} to ${to}\n`);
  },
});

async function copy(cli: Cli, from: Place, to: Place, options: CopyOptions): Promise<number | undefined> {
  if (from.kind === 'container' && to.kind === 'container')
    throw new CaissonError('unsupported', 'copying between containers is not supported', { hint: `caisson cp ${from.container}:${from.path} - | caisson cp - ${to.container}:FOLDER` });
  if (from.kind === 'container' && to.kind === 'stream') await streamOut(cli, from.container, from.path, options);
  else if (from.kind === 'container' && to.kind === 'local') return copyOut(cli, from.container, from.path, to.path, options);
  else if (from.kind === 'stream' && to.kind === 'container') await streamIn(cli, to.container, to.path);
  else if (from.kind === 'local' && to.kind === 'container') return copyIn(cli, from.path, to.container, to.path, options);
  else throw new CaissonError('invalid-argument', 'one side of cp must be in a container', { hint: 'write CONTAINER:PATH' });
  return undefined;
}
