import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { join } from 'node:path';
import { CaissonError, isAlive, lockFile, type ProcessIdentity, type PublishedPort } from '@caisson/core';
import { identify, readIfThere } from '../container/folder.js';
import { requireProgram } from '../host/programs.js';
import type { HostNetwork } from '../network/host-network.js';
import { isNamespaceFile, makeNamespace, removeNamespaceFile } from '../network/namespace-file.js';
import { portHolder } from '../network/port-holder.js';
import { ask } from './slirp-api.js';

/** Where slirp4netns delivers what comes in: the namespace's own address. */
const GUEST = '10.0.2.100';
const everywhere = (ip: string) => ip === '' || ip === '0.0.0.0';

/**
 * An ordinary user's bridges are in a network namespace of the user's, and slirp4netns connects it with the host: it speaks for the containers
 * as a program of the user's, and listens on published ports. It starts with the first container in need of it and ends with the last.
 * The host's loopback is not to be reached through it.
 */
export class SlirpNetwork implements HostNetwork {
  readonly subnets = ['10.0.2.0/24'];
  readonly #folder: string;

  /** @param runRoot has a folder `rootless-network` for it: process, API socket and users */
  constructor(runRoot: string) {
    this.#folder = join(runRoot, 'rootless-network');
  }

  get #namespace(): string {
    return join(this.#folder, 'namespace');
  }

  current(): string | undefined {
    return isNamespaceFile(this.#namespace) ? this.#namespace : undefined;
  }

  async enter(): Promise<string> {
    if (this.#alive()) return this.#namespace;
    mkdirSync(join(this.#folder, 'users'), { recursive: true, mode: 0o700 });
    using _lock = await lockFile(join(this.#folder, 'lock'));
    if (!this.#alive()) await this.#start();
    return this.#namespace;
  }

  async use(name: string): Promise<void> {
    mkdirSync(join(this.#folder, 'users'), { recursive: true, mode: 0o700 });
    using _lock = await lockFile(join(this.#folder, 'lock'));
    writeFileSync(join(this.#folder, 'users', name), '');
    if (!this.#alive()) await this.#start();
  }

  async leave(name: string): Promise<void> {
    const users = join(this.#folder, 'users');
    if (readIfThere(join(users, name)) === undefined) return;
    using _lock = await lockFile(join(this.#folder, 'lock'));
    rmSync(join(users, name), { force: true });
    if (readdirSync(users).length === 0) this.#stop();
  }

  async open(ports: readonly PublishedPort[]): Promise<void> {
    const opened: PublishedPort[] = [];
    try {
      for (const port of ports) {
        await this.#open(port);
        opened.push(port);
      }
      this.#keep([...this.#kept(), ...ports]);
    } catch (error) {
      await this.close(opened);
      throw error;
    }
  }

  async #open({ protocol, hostIp, hostPort }: PublishedPort): Promise<void> {
    if (protocol === 'sctp') throw new CaissonError('unsupported', 'ports of sctp cannot be published without root');
    if (hostIp.includes(':')) throw new CaissonError('unsupported', `ports of an IPv6 address (${hostIp}) cannot be published without root`);
    try {
      await ask(this.#folder, { execute: 'add_hostfwd', arguments: { proto: protocol, host_addr: everywhere(hostIp) ? '0.0.0.0' : hostIp, host_port: hostPort, guest_addr: GUEST, guest_port: hostPort } });
    } catch (cause) {
      const lowest = Number(readIfThere('/proc/sys/net/ipv4/ip_unprivileged_port_start') ?? '1024');
      if (hostPort < lowest) throw new CaissonError('denied', `port ${hostPort} needs more privileges`, { cause, hint: `choose a port from ${lowest} on` });
      const holder = portHolder(protocol, hostIp, hostPort);
      const whose = holder === 'unknown' ? 'a process of the host' : `${holder?.name} (process ${holder?.pid})`;
      throw new CaissonError('in-use', holder === undefined ? `port ${hostPort}/${protocol} cannot be published at ${hostIp || '0.0.0.0'}` : `port is already allocated: ${hostPort}/${protocol} is taken by ${whose}`, { cause });
    }
  }

  /** Quietly nothing for ports that are not open. */
  async close(ports: readonly PublishedPort[]): Promise<void> {
    if (ports.length === 0) return;
    this.#keep(this.#kept().filter((kept) => !ports.some((port) => isSame(port, kept))));
    if (!this.#alive()) return;
    const { entries = [] } = (await ask(this.#folder, { execute: 'list_hostfwd' })) as { entries?: readonly { id: number; proto: string; host_addr: string; host_port: number }[] };
    for (const { protocol, hostIp, hostPort } of ports)
      for (const entry of entries)
        if (entry.proto === protocol && entry.host_port === hostPort && entry.host_addr === (everywhere(hostIp) ? '0.0.0.0' : hostIp)) await ask(this.#folder, { execute: 'remove_hostfwd', arguments: { id: entry.id } });
  }

  /** The ports that are open: one that takes the place of a slirp4netns that was killed opens them again. */
  #kept(): PublishedPort[] {
    return JSON.parse(readIfThere(join(this.#folder, 'ports.json')) ?? '[]') as PublishedPort[];
  }

  #keep(ports: readonly PublishedPort[]): void {
    const aside = join(this.#folder, '.ports.json');
    writeFileSync(aside, JSON.stringify(ports), { mode: 0o600 });
    renameSync(aside, join(this.#folder, 'ports.json'));
  }

  #process(): ProcessIdentity | undefined {
    const text = readIfThere(join(this.#folder, 'process.json'));
    return text === undefined ? undefined : (JSON.parse(text) as ProcessIdentity);
  }

  #alive(): boolean {
    const found = this.#process();
    return found !== undefined && isAlive(found) && isNamespaceFile(this.#namespace);
  }

  async #start(): Promise<void> {
    const program = requireProgram('slirp4netns');
    // Containers may be connected to one whose slirp4netns was killed.
    const isOld = isNamespaceFile(this.#namespace);
    if (!isOld) {
      makeNamespace(this.#namespace);
      this.#keep([]);
    }
    for (const name of ['api', 'process.json']) rmSync(join(this.#folder, name), { force: true });
    const log = openSync(join(this.#folder, 'log'), 'w', 0o600);
    try {
      const args = ['--configure', '--mtu=65520', '--disable-host-loopback', '--enable-sandbox', '--enable-seccomp', '--netns-type=path', '--api-socket=api', '--ready-fd=3', this.#namespace, 'tap0'];
      const child = spawn(program, args, { cwd: this.#folder, detached: true, stdio: ['ignore', log, log, 'pipe'] });
      const [, , , ready] = child.stdio as unknown as (Readable | null | undefined)[];
      if (!ready) throw new CaissonError('internal', 'no pipe to slirp4netns');
      const told = await Promise.race([once(ready, 'data').then(() => true), once(child, 'exit').then(() => false)]);
      const identity = child.pid === undefined ? undefined : identify(child.pid);
      ready.destroy();
      child.unref();
      if (!told || !identity) throw new CaissonError('runtime-failed', `slirp4netns, which connects containers of ordinary users, could not be started: ${lastLine(readFileSync(join(this.#folder, 'log'), 'utf8'))}`, { hint: 'it needs to open /dev/net/tun; --network none and --network host do without' });
      writeFileSync(join(this.#folder, 'process.json'), JSON.stringify(identity), { mode: 0o600 });
      for (const port of isOld ? this.#kept() : []) await this.#open(port);
    } finally {
      closeSync(log);
    }
  }

  #stop(): void {
    const found = this.#process();
    if (found && isAlive(found)) process.kill(found.pid, 'SIGTERM');
    rmSync(join(this.#folder, 'process.json'), { force: true });
    removeNamespaceFile(this.#namespace);
  }
}

const isSame = (a: PublishedPort, b: PublishedPort) => a.protocol === b.protocol && a.hostPort === b.hostPort && a.hostIp === b.hostIp;

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';
