import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, isAlive, lockFile, type ProcessIdentity } from '@caisson/core';
import { identify, readIfThere } from '../container/folder.js';
import { command } from '../host/command.js';
import { requireProgram } from '../host/programs.js';
import { mapArguments, parseIdMap } from './id-ranges.js';
import { refusal, rootlessRequirements } from './requirements.js';
import { USER_VARIABLE, userRunFolder } from './state.js';

/** It does nothing: as long as it lives, so do the namespaces. */
const HOLDER = ['sleep', 'infinity'] as const;

/**
 * Goes on as the same program in the user's own user and mount namespace, where the user is root and has the IDs of /etc/subuid for all other
 * users of containers. All processes of one user share these namespaces; `sleep infinity` keeps them between commands, and the
 * monitors of containers when it has been killed. The network stays the host's.
 *
 * Returns only when it fails; `leaving` is called when nothing but going on is left to do. @throws CaissonError `missing-dependency`, `denied`
 */
export async function enterUserNamespace(program: string, args: readonly string[], leaving = (): void => {}): Promise<never> {
  const uid = process.getuid?.() ?? 0;
  const folder = userRunFolder(uid);
  const held = recorded(folder);
  const pid = held ?? (await hold(folder, uid));
  leaving();
  goOn(pid, uid, program, args);
}

function recorded(folder: string): number | undefined {
  const text = readIfThere(join(folder, 'namespace.json'));
  const identity = text === undefined ? undefined : (JSON.parse(text) as ProcessIdentity);
  return identity && isAlive(identity) ? identity.pid : undefined;
}

/** Finds or makes who holds the namespaces. */
async function hold(folder: string, uid: number): Promise<number> {
  using _lock = await lockFile(join(folder, 'namespace.lock'));
  const known = recorded(folder);
  if (known !== undefined) return known;
  const monitor = monitorOf(uid);
  const pid = monitor === undefined ? await create(uid) : await again(monitor);
  const identity = identify(pid);
  if (!identity) throw new CaissonError('internal', 'the holder of the user namespace ended at once');
  const aside = join(folder, '.namespace.json');
  writeFileSync(aside, JSON.stringify(identity), { mode: 0o600 });
  renameSync(aside, join(folder, 'namespace.json'));
  return pid;
}

/** A container's monitor, which lives in the namespaces as well. */
function monitorOf(uid: number): number | undefined {
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      if (statSync(`/proc/${name}`).uid !== uid || readFileSync(`/proc/${name}/comm`, 'utf8').trim() !== 'conmon') continue;
      const [first, second] = parseIdMap(readFileSync(`/proc/${name}/uid_map`, 'utf8'));
      // One that has ended and was not waited for is still listed.
      if (first?.inside === 0 && first.outside === uid && first.count === 1 && second !== undefined && identify(Number(name))) return Number(name);
    } catch {
      // it has just ended
    }
  }
  return undefined;
}

async function again(monitor: number): Promise<number> {
  const child = spawn(requireProgram('nsenter'), [...entering(monitor), ...HOLDER], { detached: true, stdio: 'ignore', cwd: '/' });
  await once(child, 'spawn');
  child.unref();
  return child.pid ?? 0;
}

const entering = (pid: number) => ['-t', String(pid), '-U', '-m', '--preserve-credentials'];

async function create(uid: number): Promise<number> {
  const { newuidmap, newgidmap, uids, gids } = rootlessRequirements(uid);
  // It says that it is there, and then becomes the holder. It needs no rights itself, so that nobody waits for the IDs to be mapped.
  const child = spawn(requireProgram('unshare'), ['-U', '-m', '--propagation', 'slave', '/bin/sh', '-c', `echo ready; exec ${HOLDER.join(' ')} >/dev/null 2>&1`], { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd: '/' });
  let words = '';
  child.stderr.on('data', (text: Buffer) => (words += text.toString()));
  await Promise.race([once(child.stdout, 'data'), once(child, 'exit'), once(child, 'error')]);
  const { pid } = child;
  if (pid === undefined || child.exitCode !== null) throw refusal(words);
  for (const [program, own, ranges] of [[newuidmap, uid, uids], [newgidmap, process.getgid?.() ?? uid, gids]] as const) {
    const { code, stderr } = await command(program, [String(pid), ...mapArguments(own, ranges)]);
    if (code !== 0) {
      child.kill('SIGKILL');
      throw refusal(stderr);
    }
  }
  child.unref();
  return pid;
}

/** Becomes the program in the namespaces of a process. */
function goOn(pid: number, uid: number, program: string, args: readonly string[]): never {
  const nsenter = requireProgram('nsenter');
  process.emitWarning = () => {}; // that execve is experimental is nothing that a user could act on
  const env = { ...process.env, [USER_VARIABLE]: String(uid) };
  // Entering a mount namespace leads to its root folder.
  const line = [nsenter, ...entering(pid), '/bin/sh', '-c', 'cd "$1" 2>/dev/null || cd /; shift; exec "$@"', 'sh', folderNow(), program, ...args];
  process.execve?.(nsenter, line, env);
  throw new CaissonError('unsupported', 'this Node cannot go on as another program: 22.19 or later is needed');
}

function folderNow(): string {
  try {
    return process.cwd();
  } catch {
    return '/'; // it has been deleted
  }
}
