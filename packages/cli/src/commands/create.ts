import { isCaissonError, type ContainerOptions } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { addContainerFlags, containerOptions, type ContainerFlags } from '../flags/container.js';
import { collect } from '../flags/collect.js';
import { writeIdFile } from '../flags/id-file.js';
import { reportError, reportWarnings, USAGE } from '../output/errors.js';
import { pullProgress } from '../output/pull-progress.js';

export default defineCommand<ContainerFlags & { cidfile?: string; quiet?: boolean }>({
  configure(command) {
    addContainerFlags(command)
      .argument('<image>', 'image; it is pulled when it is not here')
      .argument('[command...]', "command and its arguments, in place of the image's")
      .option('-a, --attach <stream>', "streams that docker's old start would join: start -a joins all of them", collect)
      .option('--cidfile <file>', 'write the ID into a file')
      .option('-q, --quiet', 'do not show the progress of a pull')
      .addHelpText('after', '\nExample:\n  caisson create --name job alpine sleep 60 && caisson start job\n');
  },
  async run(cli, [image = '', ...command], flags) {
    const options = checkedOptions(image, command, flags);
    if (!options) return USAGE;
    await pullProgress(cli, image, options, flags.quiet ?? false);
    const { id, warnings } = await cli.engine.containers.create({ ...options, pull: 'never' }, { signal: cli.signal });
    reportWarnings(warnings);
    writeIdFile(flags.cidfile, id);
    cli.print(id);
    return 0;
  },
});

/** What is wrong with the options is told of apart: docker has another exit code for what the engine refuses. */
function checkedOptions(...given: Parameters<typeof containerOptions>): ContainerOptions | undefined {
  try {
    return containerOptions(...given);
  } catch (error) {
    if (!isCaissonError(error)) throw error;
    reportError(error);
    return undefined;
  }
}
