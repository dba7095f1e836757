import { mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, isAlive, lockFile, type ProcessIdentity, type PublishedPort } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import type { HostNetwork } from '../network/host-network.js';
import { isNamespaceFile, makeNamespace, removeNamespaceFile } from '../network/namespace-file.js';
import { chooseConnector, isSamePort, type Connector, type ConnectorName } from './connector.js';
import { Pasta } from './pasta.js';
import { Slirp } from './slirp.js';

/**
 * An ordinary user's bridges are in a network namespace of the user's, and slirp4netns or pasta connects it with the host: it speaks for the
 * containers as a program of the user's, and listens on published ports. It starts with the first container in need of it and ends with the
 * last. The host's loopback is not to be reached through it.
 */
export class UserNetwork implements HostNetwork {
  readonly subnets = ['10.0.2.0/24'];
  readonly #folder: string;
  readonly #wanted: () => string | undefined;

  /**
   * @param runRoot has a folder `rootless-network` for it: process, ports and users
   * @param wanted asked where a program is to be started: which; absent or undefined: slirp4netns where it is installed, else pasta
   */
  constructor(runRoot: string, wanted: () => string | undefined = () => undefined) {
    this.#folder = join(runRoot, 'rootless-network');
    this.#wanted = wanted;
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
    const user = join(this.#folder, 'users', name);
    writeFileSync(user, '');
    try {
      if (!this.#alive()) await this.#start();
    } catch (error) {
      rmSync(user, { force: true });
      throw error;
    }
  }

  async leave(name: string): Promise<void> {
    const users = join(this.#folder, 'users');
    if (readIfThere(join(users, name)) === undefined) return;
    using _lock = await lockFile(join(this.#folder, 'lock'));
    rmSync(join(users, name), { force: true });
    if (readdirSync(users).length === 0) this.#stop();
  }

  async open(ports: readonly PublishedPort[]): Promise<void> {
    if (ports.length === 0) return;
    for (const { protocol, hostIp } of ports) {
      if (protocol === 'sctp') throw new CaissonError('unsupported', 'ports of sctp cannot be published without root');
      if (hostIp.includes(':')) throw new CaissonError('unsupported', `ports of an IPv6 address (${hostIp}) cannot be published without root`);
    }
    using _lock = await lockFile(join(this.#folder, 'lock'));
    await this.#connector(this.#current()).open(ports);
    this.#keep([...this.#kept(), ...ports]);
  }

  /** Quietly nothing for ports that are not open. */
  async close(ports: readonly PublishedPort[]): Promise<void> {
    if (ports.length === 0) return;
    using _lock = await lockFile(join(this.#folder, 'lock'));
    this.#keep(this.#kept().filter((kept) => !ports.some((port) => isSamePort(port, kept))));
    if (this.current() !== undefined) await this.#connector(this.#current()).close(ports);
  }

  /** The ports that are open: one that takes the place of a program that was killed opens them again. */
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
    rmSync(join(this.#folder, 'process.json'), { force: true });
    // Containers may be connected to one whose program was killed, and some of its ports may still be open.
    if (isNamespaceFile(this.#namespace)) {
      const connector = this.#connector(this.#current());
      await this.#connect(connector);
      return connector.reopen(this.#kept());
    }
    const name = chooseConnector(this.#wanted());
    makeNamespace(this.#namespace);
    try {
      this.#keep([]);
      writeFileSync(join(this.#folder, 'program'), name, { mode: 0o600 });
      await this.#connect(this.#connector(name));
    } catch (error) {
      removeNamespaceFile(this.#namespace);
      throw error;
    }
  }

  async #connect(connector: Connector): Promise<void> {
    writeFileSync(join(this.#folder, 'process.json'), JSON.stringify(await connector.start(this.#namespace)), { mode: 0o600 });
  }

  /** The program that the namespace was connected by first. */
  #current(): ConnectorName {
    return readIfThere(join(this.#folder, 'program')) === 'pasta' ? 'pasta' : 'slirp4netns';
  }

  #connector(name: ConnectorName): Connector {
    return name === 'pasta' ? new Pasta(this.#folder, this.#namespace) : new Slirp(this.#folder);
  }

  #stop(): void {
    const found = this.#process();
    if (found && isAlive(found)) process.kill(found.pid, 'SIGTERM');
    rmSync(join(this.#folder, 'process.json'), { force: true });
    removeNamespaceFile(this.#namespace);
  }
}
