import { CaissonError } from '@caisson/core';
import { createWriteStream, renameSync, rmSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { defineCommand } from '../cli.js';

export default defineCommand<{ output?: string }>({
  configure(command) {
    command
      .argument('<image...>', 'names or IDs')
      .option('-o, --output <file>', 'write to a file instead of standard output')
      .addHelpText('after', '\nThe archive is a docker-archive and an OCI layout in one.\n\nExample:\n  caisson save -o app.tar app:1\n');
  },
  async run(cli, names, { output }) {
    if (output === undefined && process.stdout.isTTY) throw new CaissonError('invalid-argument', 'an archive is not for a terminal', { hint: 'name a file with -o, or send it into a pipe' });
    const archive = cli.engine.images.save(names, { signal: cli.signal });
    if (output === undefined) return pipeline(archive, process.stdout);
    // Aside first: a half-written archive must not look like one.
    const aside = `${output}.${process.pid}.part`;
    try {
      await pipeline(archive, createWriteStream(aside, { flags: 'wx', highWaterMark: 1024 * 1024 }));
      renameSync(aside, output);
    } catch (error) {
      rmSync(aside, { force: true });
      throw error;
    }
  },
});
