import { mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootId, CaissonError, lockFile, startTime, type EndpointSpec, type NetworkSpec } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import { findProgram } from '../host/programs.js';
import type { Ground } from './ground.js';

/** Its package keeps it out of the PATH. */
const places = ['aardvark-dns', '/usr/lib/podman/aardvark-dns', '/usr/libexec/podman/aardvark-dns'];
const PID_FILE = 'aardvark.pid';
const TAKEN_MS = 500;
const STEP_MS = 2;
/** From reading its configuration to answering by it. */
const SETTLING_MS = 4;

export function findNameServer(): string | undefined {
  for (const place of places) {
    const path = findProgram(place);
    if (path !== undefined) return path;
  }
  return undefined;
}

/**
 * Container names on networks, answered by aardvark-dns: one process of a few megabytes for all networks, which listens on their gateways and
 * passes other questions on to the host's name servers. It starts with the first container that has a name, takes changes in when it is
 * signalled, and ends by itself when no container is left. Its configuration is a file for each network: the addresses to listen at, then a
 * line for each container.
 */
export class NameServer {
  readonly #runRoot: string;

  constructor(runRoot: string) {
    this.#runRoot = runRoot;
  }

  /** Of this boot: names of an earlier one mean nothing. */
  get #folder(): string {
    return join(this.#runRoot, `names-${bootId().slice(0, 8)}`);
  }

  /** @throws CaissonError `runtime-failed` where nobody can answer at the network's gateway */
  async register(ground: Ground, network: NetworkSpec, { containerId, address, address6 = '', names = [], dnsServers = [] }: EndpointSpec): Promise<void> {
    if (names.length === 0) return;
    const line = [containerId, address, address6, names.join(','), ...(dnsServers.length > 0 ? [dnsServers.join(',')] : [])].join(' ');
    using _lock = await this.#lock();
    this.#write(network, [...this.#others(network, containerId), line]);
    if (this.#signal()) await taken(join(this.#folder, network.id));
    else await this.#start(ground);
  }

  /** Quietly nothing where it has no name. */
  async forget(network: NetworkSpec, containerId?: string): Promise<void> {
    if (readIfThere(join(this.#folder, network.id)) === undefined) return;
    using _lock = await this.#lock();
    this.#write(network, containerId === undefined ? [] : this.#others(network, containerId));
    this.#signal();
  }

  #lock(): Promise<Disposable> {
    return lockFile(join(this.#runRoot, 'locks', 'names'));
  }

  #others(network: NetworkSpec, containerId: string): string[] {
    return (readIfThere(join(this.#folder, network.id)) ?? '').split('\n').slice(1).filter((line) => line !== '' && !line.startsWith(`${containerId} `));
  }

  #write({ id, gateway, gateway6 }: NetworkSpec, lines: readonly string[]): void {
    const path = join(this.#folder, id);
    if (lines.length === 0) {
      rmSync(path, { force: true });
      return;
    }
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    // Not beside it: all files there are read.
    const aside = join(this.#runRoot, `.names-${id}`);
    writeFileSync(aside, [[gateway, ...(gateway6 === undefined ? [] : [gateway6])].join(','), ...lines, ''].join('\n'), { mode: 0o600 });
    // Not read yet: see `taken`.
    utimesSync(aside, 0, new Date());
    renameSync(aside, path);
  }

  /** True when there is one, which then reads its configuration again. */
  #signal(): boolean {
    const pid = Number(readIfThere(join(this.#folder, PID_FILE)));
    if (!(pid > 0) || startTime(pid) === undefined || !isOurs(pid, this.#folder)) return false;
    try {
      process.kill(pid, 'SIGHUP');
      return true;
    } catch {
      return false; // it has just ended
    }
  }

  async #start(ground: Ground): Promise<void> {
    const program = findNameServer();
    if (program === undefined) return;
    rmSync(join(this.#folder, PID_FILE), { force: true });
    // It goes into the background by itself, when it is ready to answer.
    const [first, ...args] = ground.commandLine(program, ['--config', this.#folder, '-p', '53', 'run']);
    const child = spawn(first, args, { detached: true, stdio: 'ignore', cwd: '/' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new CaissonError('runtime-failed', `the name server for containers (${program}) could not be started`, { hint: 'another program may listen on port 53 of all addresses: «ss -lunp sport = :53» shows it' });
  }
}

/**
 * Resolves when a file has been read, which the time of its last access tells, or after a moment on a file system that keeps none: names are
 * to be known before a container's first instruction, and the name server takes its time.
 */
async function taken(path: string): Promise<void> {
  for (let waited = 0; waited < TAKEN_MS && statSync(path, { throwIfNoEntry: false })?.atimeMs === 0; waited += STEP_MS) await sleep(STEP_MS);
  await sleep(SETTLING_MS);
}

function isOurs(pid: number, folder: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0').includes(folder);
  } catch {
    return false;
  }
}
