import { closeSync, constants, openSync, readFileSync, writeFileSync } from 'node:fs';
import { fromSystemError } from '@caisson/core';
import { command, type CommandResult } from '../host/command.js';
import { requireProgram } from '../host/programs.js';
import { loadSyscalls } from '../syscalls.js';
import { getLinkIfThere, linkIndex, linkKind, request, type Request } from './netlink.js';

/** The network namespace that bridges and rules are in: this process's own, or one that is mounted at a path. */
export class Ground {
  readonly #namespace: string | undefined;

  constructor(namespace: string | undefined) {
    this.#namespace = namespace;
  }

  /** Runs `body`, which must be synchronous, in the namespace. */
  within<T>(body: () => T): T {
    if (this.#namespace === undefined) return body();
    const fd = openSync(this.#namespace, constants.O_RDONLY);
    try {
      return loadSyscalls().inNetwork(fd, body);
    } finally {
      closeSync(fd);
    }
  }

  /** Asks the kernel for changes. @throws CaissonError `runtime-failed` */
  talk(requests: readonly Request[]): Buffer[] {
    const syscalls = loadSyscalls();
    const socket = this.within(() => syscalls.routeSocket());
    try {
      return request(syscalls, socket, requests);
    } finally {
      closeSync(socket);
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

  /** Sets a kernel parameter of the network, by its path below /proc/sys. */
  sysctl(name: string, value: string): void {
    const path = `/proc/sys/${name}`;
    try {
      this.within(() => {
        if (readFileSync(path, 'latin1').trim() !== value) writeFileSync(path, value);
      });
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
