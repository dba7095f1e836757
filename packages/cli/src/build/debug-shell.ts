import { CaissonError, type BuildRequest, type FailedStep } from '@caisson/core';
import type { Cli } from '../cli.js';

const looks = [['/bin/sh', '-c', 'if [ -x /bin/bash ]; then exec /bin/bash; else exec /bin/sh; fi'], ['/busybox/sh']] as const;

/**
 * What `--debug` does when a RUN has failed: a shell in its file system as it was, with its environment, mounts and network. When it
 * ends, the build goes on failing.
 */
export function debugShell(cli: Cli): NonNullable<BuildRequest['debug']> {
  // A shell at a far host's build has no way back to this terminal.
  void cli.local;
  if (!process.stdin.isTTY || !process.stderr.isTTY) throw new CaissonError('invalid-argument', '--debug needs a terminal', { hint: 'leave it out, or run the build in a terminal' });
  let busy = Promise.resolve();
  // One at a time has the terminal.
  return (failed) => (busy = busy.then(() => look(cli, failed)));
}

async function look(cli: Cli, failed: FailedStep): Promise<void> {
  process.stderr.write(`\n${failed.step.title}\nfailed: ${failed.error.message}\nThis is where it failed; leave the shell to end the build.\n`);
  for (const args of looks) {
    await using shell = await failed.run(args, { stdio: 'inherit', terminal: true, signal: cli.signal });
    const { code } = await shell.wait();
    if (code !== 126 && code !== 127) return;
  }
  process.stderr.write('The image has no shell to look around with.\n');
}
