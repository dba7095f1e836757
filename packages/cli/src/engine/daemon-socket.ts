import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { CaissonError } from '@caisson/core';
import { defaultRunRoot, enginePaths } from './paths.js';

/** Where a daemon of this user listens unless it is told otherwise. */
function daemonSocket(): string {
  return join(defaultRunRoot(), 'docker.sock');
}

function listens(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path, () => {
      socket.destroy();
      resolve(true);
    }).on('error', () => resolve(false));
  });
}

/** The socket of a daemon that works on these roots, where one listens in the usual place. */
export async function usualDaemon(globals: Roots): Promise<string | undefined> {
  const [asked, usual] = [enginePaths(globals), enginePaths({})];
  if (asked.dataRoot !== usual.dataRoot || process.env.CAISSON_ROOT !== undefined) return undefined;
  return (await listens(daemonSocket())) ? daemonSocket() : undefined;
}

interface Roots {
  readonly dataRoot?: string;
  readonly runRoot?: string;
}

/**
 * Gives `use` the socket of a daemon on these roots: one that is there already on the usual ones, else one that lives for as long as `use` does.
 * @throws CaissonError `unavailable` where it does not start
 */
export async function withDaemon<T>(globals: Roots, use: (socket: string) => Promise<T>): Promise<T> {
  const { dataRoot, runRoot } = enginePaths(globals);
  const usual = await usualDaemon(globals);
  if (usual !== undefined) return use(usual);
  const folder = mkdtempSync(join(tmpdir(), 'caisson-daemon-'));
  const socket = join(folder, 'docker.sock');
  const program = fileURLToPath(new URL('../bin/caisson.cjs', import.meta.url));
  const daemon = spawn(process.execPath, [program, '--data-root', dataRoot, '--run-root', runRoot, 'daemon', '--host', `unix://${socket}`], { stdio: ['ignore', 'ignore', 'pipe'], detached: true });
  let said = '';
  daemon.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2000)));
  const ended = new Promise<void>((resolve) => daemon.once('close', () => resolve()));
  try {
    while (!(await listens(socket))) {
      if (daemon.exitCode !== null) throw new CaissonError('unavailable', `the daemon did not start: ${said.trim().split('\n').at(-1) ?? 'it said nothing'}`);
      await sleep(20);
    }
    return await use(socket);
  } finally {
    daemon.kill('SIGTERM');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  }
}
