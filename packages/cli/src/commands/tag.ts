import { isCaissonError } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';

export default defineCommand({
  configure(command) {
    command.argument('<image>', 'name or ID').argument('<name>', 'another name for it').addHelpText('after', '\nExample:\n  caisson tag app registry.example/app:1\n');
  },
  async run(cli, [image = '', name = '']) {
    const before = await holder(cli, name);
    await cli.engine.images.tag(image, name);
    const after = await holder(cli, name);
    if (before !== undefined && before !== after) process.stderr.write(`${name} was the name of image ${before.slice(7, 19)} before\n`);
  },
});

async function holder(cli: Cli, name: string): Promise<string | undefined> {
  try {
    return (await cli.engine.images.get(name)).id;
  } catch (error) {
    if (isCaissonError(error, 'not-found', 'invalid-argument')) return undefined;
    throw error;
  }
}
