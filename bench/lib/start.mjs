import { spawn } from 'node:child_process';
import { split } from './bench.mjs';

/** Runs a command beside others; rejects where it fails. */
export function start(command) {
  return new Promise((resolve, reject) => {
    const child = spawn(...split(command), { stdio: 'ignore' });
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`${command.join(' ')} ended with ${code}`))));
  });
}
