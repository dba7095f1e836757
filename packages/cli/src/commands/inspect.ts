import { CaissonError, isCaissonError } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { inspectContainer, inspectImage, inspectNetwork, inspectVolume } from '../output/inspect.js';
import { inspectEach } from './inspect-each.js';

const kinds: Record<string, (cli: Cli, name: string) => Promise<object>> = {
  container: async (cli, name) => inspectContainer(await cli.engine.containers.get(name)),
  image: async (cli, name) => inspectImage(await cli.engine.images.get(name)),
  volume: async (cli, name) => inspectVolume(await cli.engine.volumes.get(name)),
  network: async (cli, name) => inspectNetwork(await cli.engine.networks.get(name), await cli.engine.containers.list()),
};

export default defineCommand<{ format?: string; type?: string }>({
  configure(command) {
    command
      .argument('<name...>', 'names or IDs of containers, images, volumes or networks')
      .option('-f, --format <format>', 'json, or fields such as {{.Id}}')
      .option('--type <type>', 'container, image, volume or network')
      .addHelpText('after', '\nExample:\n  caisson inspect -f "{{.State.Status}}" web\n');
  },
  run(cli, names, { format, type }) {
    const tried = type === undefined ? Object.values(kinds) : [kinds[type]];
    return inspectEach(
      cli,
      names,
      async (name) => {
        for (const get of tried) {
          if (!get) throw new CaissonError('invalid-argument', `--type: ${JSON.stringify(type)} is not known`, { hint: `use one of ${Object.keys(kinds).join(', ')}` });
          try {
            return await get(cli, name);
          } catch (error) {
            if (!isCaissonError(error, 'not-found') && !(tried.length > 1 && isCaissonError(error, 'invalid-argument'))) throw error;
          }
        }
        throw new CaissonError('not-found', `no such ${type ?? 'object'}: ${name.slice(0, 200)}`);
      },
      format,
    );
  },
});
