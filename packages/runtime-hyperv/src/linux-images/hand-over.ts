import { spawn } from 'node:child_process';
import { CaissonError } from '@caisson/core';
import type { LinuxHost } from './linux-host.js';

/**
 * Runs a command of `caisson`'s line (`run --rm alpine true`) by WSL's own program, which takes docker's words, on the streams of this process.
 * Gives its exit code. Engines that speak docker's API are for `RemoteEngine` of `@caisson/docker-api`.
 * @throws CaissonError `unsupported`, `missing-dependency`
 */
export function handOver(host: LinuxHost, args: readonly string[]): Promise<number> {
  if (host.kind !== 'wslc') throw new CaissonError('unsupported', `commands are handed to wslc.exe only: speak to ${host.endpoint} with docker's API`);
  return new Promise((resolve, reject) => {
    const child = spawn(host.program, args, { stdio: 'inherit' });
    child.once('error', (error) => reject(new CaissonError('missing-dependency', `${host.program} cannot be run: ${error.message}`, { cause: error })));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
