import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
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
  const usual = await usualDaemon(globals);
  if (usual !== undefined) return use(usual);
  const folder = mkdtempSync(join(tmpdir(), 'caisson-daemon-'));
  const socket = join(folder, 'docker.sock');
  const daemon = startDaemon(globals, socket);
  try {
    await daemon.listening;
    return await use(socket);
  } finally {
    await daemon.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Seconds. */
const idle = 10;

/**
 * The socket of a daemon on these roots that several callers share, and that ends by itself soon after the last of them: connections that belong
 * together have to reach one engine.
 * @throws CaissonError `unavailable` where it does not start
 */
export async function sharedDaemon(globals: Roots): Promise<string> {
  const usual = await usualDaemon(globals);
  if (usual !== undefined) return usual;
  const socket = join(enginePaths(globals).runRoot, 'shared.sock');
  if (!(await listens(socket))) await startDaemon(globals, socket, ['--exit-when-idle', String(idle)]).listening;
  return socket;
}

/** A daemon that is no child to wait for: ctrl-c is not meant for it. Where another one has come first, that one's socket is what is waited for. */
function startDaemon(globals: Roots, socket: string, more: readonly string[] = []): { listening: Promise<void>; stop(): Promise<void> } {
  const { dataRoot, runRoot } = enginePaths(globals);
  const program = fileURLToPath(new URL('../bin/caisson.cjs', import.meta.url));
  mkdirSync(dirname(socket), { recursive: true, mode: 0o700 });
  // A file, not a pipe to us: it outlives this process.
  const log = openSync(`${socket}.log`, 'w', 0o600);
  const daemon = spawn(process.execPath, [program, '--data-root', dataRoot, '--run-root', runRoot, 'daemon', '--host', `unix://${socket}`, ...more], { stdio: ['ignore', 'ignore', log], detached: true });
  closeSync(log);
  const ended = new Promise<void>((resolve) => daemon.once('close', () => resolve()));
  const listening = (async () => {
    for (let tries = 0; !(await listens(socket)); tries++) {
      if (daemon.exitCode !== null && tries > 100) throw new CaissonError('unavailable', `the daemon did not start: ${readFileSync(`${socket}.log`, 'utf8').trim().split('\n').at(-1) || 'it said nothing'}`);
      await sleep(20);
    }
    daemon.unref();
  })();
  return {
    listening,
    stop: async () => {
      daemon.ref();
      daemon.kill('SIGTERM');
      await ended;
    },
  };
}
