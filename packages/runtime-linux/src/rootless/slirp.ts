import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { CaissonError, systemCode, type ProcessIdentity, type PublishedPort } from '@caisson/core';
import { identify } from '../container/folder.js';
import { requireProgram } from '../host/programs.js';
import { GUEST, hostAddress, lastLine, refusedPort, type Connector } from './connector.js';
import { ask } from './slirp-api.js';

interface Forwarding {
  readonly id: number;
  readonly proto: string;
  readonly host_addr: string;
  readonly host_port: number;
}

/** slirp4netns(1): one process, which is asked for ports through a socket. */
export class Slirp implements Connector {
  readonly #folder: string;

  /** @param folder has its API socket and its log */
  constructor(folder: string) {
    this.#folder = folder;
  }

  async start(namespace: string): Promise<ProcessIdentity> {
    const program = requireProgram('slirp4netns');
    rmSync(join(this.#folder, 'api'), { force: true });
    const log = openSync(join(this.#folder, 'log'), 'w', 0o600);
    try {
      const args = ['--configure', '--mtu=65520', '--disable-host-loopback', '--enable-sandbox', '--enable-seccomp', '--netns-type=path', '--api-socket=api', '--ready-fd=3', namespace, 'tap0'];
      const child = spawn(program, args, { cwd: this.#folder, detached: true, stdio: ['ignore', log, log, 'pipe'] });
      const [, , , ready] = child.stdio as unknown as (Readable | null | undefined)[];
      if (!ready) throw new CaissonError('internal', 'no pipe to slirp4netns');
      const told = await Promise.race([once(ready, 'data').then(() => true), once(child, 'exit').then(() => false)]);
      const identity = child.pid === undefined ? undefined : identify(child.pid);
      ready.destroy();
      child.unref();
      if (told && identity) return identity;
      throw new CaissonError('runtime-failed', `slirp4netns, which connects containers of ordinary users, could not be started: ${lastLine(readFileSync(join(this.#folder, 'log'), 'utf8'))}`, { hint: 'it needs to open /dev/net/tun; --network none and --network host do without' });
    } finally {
      closeSync(log);
    }
  }

  async open(ports: readonly PublishedPort[]): Promise<void> {
    const opened: PublishedPort[] = [];
    try {
      for (const port of ports) {
        await this.#open(port);
        opened.push(port);
      }
    } catch (error) {
      await this.close(opened);
      throw error;
    }
  }

  async #open(port: PublishedPort): Promise<void> {
    const { protocol, hostIp, hostPort } = port;
    try {
      await ask(this.#folder, { execute: 'add_hostfwd', arguments: { proto: protocol, host_addr: hostAddress(hostIp), host_port: hostPort, guest_addr: GUEST, guest_port: hostPort } });
    } catch (cause) {
      throw refusedPort(port, cause);
    }
  }

  /** The process that had them open is gone, and they with it. */
  reopen(ports: readonly PublishedPort[]): Promise<void> {
    return this.open(ports);
  }

  async close(ports: readonly PublishedPort[]): Promise<void> {
    if (ports.length === 0) return;
    const entries = await this.#entries();
    for (const { protocol, hostIp, hostPort } of ports)
      for (const entry of entries)
        if (entry.proto === protocol && entry.host_port === hostPort && entry.host_addr === hostAddress(hostIp)) await ask(this.#folder, { execute: 'remove_hostfwd', arguments: { id: entry.id } });
  }

  async #entries(): Promise<readonly Forwarding[]> {
    try {
      return ((await ask(this.#folder, { execute: 'list_hostfwd' })) as { entries?: readonly Forwarding[] }).entries ?? [];
    } catch (error) {
      if (['ECONNREFUSED', 'ENOENT'].includes(systemCode(error) ?? '')) return []; // nobody is there to have any
      throw error;
    }
  }
}
