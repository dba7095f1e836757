import { closeSync, constants, openSync, readFileSync, writeSync } from 'node:fs';
import { fromSystemError } from '@caisson/core';
import { command, type CommandResult } from '../host/command.js';
import { requireProgram } from '../host/programs.js';
import { loadSyscalls } from '../syscalls.js';
import { dumpSubnets } from './netlink-dump.js';
import { getLinkIfThere, linkIndex, linkKind, request, type Request } from './netlink.js';

/** Runs `body` with a way to ask the kernel for changes in an open network namespace; absent: in that of this process. */
export function inNamespace<T>(namespace: number | undefined, body: (talk: (requests: readonly Request[]) => Buffer[]) => T): T {
  const syscalls = loadSyscalls();
  const socket = syscalls.routeSocket(namespace);
  try {
    return body((requests) => request(syscalls, socket, requests));
  } finally {
    closeSync(socket);
  }
}

/** The subnets of all addresses and routes of an open network namespace; absent: of that of this process. */
export function subnetsOf(namespace?: number): string[] {
  const syscalls = loadSyscalls();
  const socket = syscalls.routeSocket(namespace);
  try {
    return dumpSubnets(syscalls, socket);
  } finally {
    closeSync(socket);
  }
}

/** The network namespace that bridges and rules are in: this process's own, or one that is mounted at a path. */
export class Ground {
  readonly #namespace: string | undefined;

  constructor(namespace: string | undefined) {
    this.#namespace = namespace;
  }

  /** Asks the kernel for changes. @throws CaissonError `runtime-failed` */
  talk(requests: readonly Request[]): Buffer[] {
    return this.#with((namespace) => inNamespace(namespace, (talk) => talk(requests)));
  }

  #with<T>(body: (namespace: number | undefined) => T): T {
    if (this.#namespace === undefined) return body(undefined);
    const fd = openSync(this.#namespace, constants.O_RDONLY);
    try {
      return body(fd);
    } finally {
      closeSync(fd);
    }
  }

  /** Undefined where there is no such interface. */
  index(name: string): number | undefined {
    const [answer] = this.talk([getLinkIfThere(name)]);
    return answer && linkIndex(answer);
  }

  /** What an interface is, such as `bridge`; empty for hardware. */
  kind(name: string): string {
    const [answer] = this.talk([getLinkIfThere(name)]);
    return answer ? linkKind(answer) : '';
  }

  /** Of all its addresses and routes. */
  subnets(): string[] {
    return this.#with((namespace) => subnetsOf(namespace));
  }

  /** Sets a kernel parameter of the network, by its path below /proc/sys. */
  sysctl(name: string, value: string): void {
    const path = `/proc/sys/${name}`;
    try {
      const file = this.#with((namespace) => (namespace === undefined ? openSync(path, constants.O_RDWR) : loadSyscalls().openInNetwork(namespace, path, constants.O_RDWR)));
      try {
        if (readFileSync(file, 'latin1').trim() !== value) writeSync(file, `${value}\n`, 0);
      } finally {
        closeSync(file);
      }
    } catch (error) {
      throw fromSystemError(error, `setting ${name.replaceAll('/', '.')}`);
    }
  }

  /** What runs a program in the namespace. */
  commandLine(program: string, args: readonly string[]): [string, ...string[]] {
    return this.#namespace === undefined ? [program, ...args] : [requireProgram('nsenter'), `--net=${this.#namespace}`, '--', program, ...args];
  }

  command(program: string, args: readonly string[], options: { input?: string } = {}): Promise<CommandResult> {
    const [first, ...rest] = this.commandLine(program, args);
    return command(first, rest, options);
  }
}
