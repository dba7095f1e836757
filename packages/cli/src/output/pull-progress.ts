import { isCaissonError, type ContainerOptions } from '@caisson/core';
import type { Cli } from '../cli.js';
import { showProgress } from './progress.js';

/** Gets an image that is not here, or with `always` anyway, and shows how that goes. */
export async function pullProgress(cli: Cli, image: string, { pull = 'missing', platform }: Pick<ContainerOptions, 'pull' | 'platform'>, quiet: boolean): Promise<void> {
  if (pull === 'never') return;
  const wanted = platform ? { platform } : {};
  if (pull === 'missing') {
    try {
      await cli.engine.images.get(image, wanted);
      return;
    } catch (error) {
      if (!isCaissonError(error, 'not-found') || /^(?:sha256:)?[0-9a-f]{64}$/.test(image)) throw error;
    }
  }
  if (!quiet) process.stderr.write(`Unable to find image '${image}' locally: pulling it\n`);
  await showProgress(cli.engine.images.pull(image, { ...wanted, signal: cli.signal }), quiet);
}
