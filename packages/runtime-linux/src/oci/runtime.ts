import { basename, join } from 'node:path';
import { constants, existsSync, openSync, readFileSync, readSync, rmdirSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { CaissonError } from '@caisson/core';
import { isWaiting, ociRoot } from '../container/living.js';
import { removeTree } from '../container/remove-tree.js';
import { command } from '../host/command.js';

/**
 * The program that makes containers, and its state. runc's `start` and the usual `delete` are done here without spawning it: the first
 * is a byte read from a fifo that the container waits on, the second takes down empty folders; a spawn would cost each some ten
 * milliseconds of a start. Whatever is not as expected is left to the program.
 */
export class OciRuntime {
  readonly path: string;
  readonly kind: 'runc' | 'crun' | 'other';
  readonly root: string;
  /** Arguments that come before every command. */
  readonly args: readonly string[];
  /** Run in a mount namespace without the empty version 2 cgroup tree of a hybrid host, which crun does not cope with. */
  readonly #hide: string | undefined;

  constructor(path: string, runRoot: string, options: { systemdCgroup?: boolean; hideUnified?: string; withoutCgroups?: boolean } = {}) {
    this.path = path;
    const name = basename(path);
    this.kind = name === 'runc' || name === 'crun' ? name : 'other';
    this.root = ociRoot(runRoot, path);
    this.args = ['--root', this.root, ...(options.systemdCgroup ? ['--systemd-cgroup'] : []), ...(options.withoutCgroups && this.kind === 'crun' ? ['--cgroup-manager=disabled'] : [])];
    this.#hide = this.kind === 'crun' ? options.hideUnified : undefined;
  }

  /** The command line of one of its commands, for where the tree it does not cope with is out of sight already. */
  bareCommandLine(...args: readonly string[]): [string, ...string[]] {
    return [this.path, ...this.args, ...args];
  }

  /** The whole command line that runs one of its commands. */
  commandLine(...args: readonly string[]): [string, ...string[]] {
    const own = this.bareCommandLine(...args);
    return this.#hide === undefined ? own : ['/usr/bin/env', 'unshare', '-m', '/bin/sh', '-c', 'umount "$1" && shift && exec "$@"', 'sh', this.#hide, ...own];
  }

  /** For the script that mounts the root file system: a tree to unmount first. */
  get hiddenTree(): string | undefined {
    return this.#hide;
  }

  /** @throws CaissonError with the program's own words */
  async call(...args: readonly string[]): Promise<string> {
    const [program, ...rest] = this.commandLine(...args);
    const { code, stdout, stderr } = await command(program, rest);
    if (code !== 0) throw ociError(this.path, stderr, args[0] ?? '');
    return stdout;
  }

  /**
   * Lets the created container run its program; `gone` rejects when its process ends before.
   * @throws CaissonError `in-use` when it has been started before.
   */
  async start(id: string, gone: Promise<never>): Promise<void> {
    if (this.kind !== 'runc') {
      if (this.kind === 'crun' && !this.isWaiting(id)) throw new CaissonError('in-use', `container ${id} has been started before`);
      await this.call('start', id);
      return;
    }
    const fifo = join(this.root, id, 'exec.fifo');
    let fd: number;
    try {
      // For reading and writing: opening does not wait then, and there is no early end of file.
      fd = openSync(fifo, constants.O_RDWR | constants.O_NONBLOCK);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new CaissonError('in-use', `container ${id} has been started before`, { cause: error });
      throw error;
    }
    const socket = new Socket({ fd });
    try {
      const told = new Promise<void>((resolve, reject) => {
        socket.once('data', () => resolve());
        socket.once('error', reject);
      });
      // A program that ends at once may be seen to end before its word is read.
      await Promise.race([told, gone.catch((error: unknown) => hasData(fd) || Promise.reject(error instanceof Error ? error : new Error(String(error))))]);
      unlinkSync(fifo);
    } finally {
      socket.destroy();
    }
  }

  /** True when a created container still waits to be started. */
  isWaiting(id: string): boolean {
    return isWaiting(this.root, id);
  }

  /**
   * Forgets a container. `dead` when its first process is known to have ended. True when its cgroups are known to be gone as well.
   * @throws CaissonError `runtime-failed`
   */
  async delete(id: string, dead: boolean): Promise<boolean> {
    if (dead && this.kind === 'runc' && this.#takeDown(id)) return true;
    const [program, ...args] = this.commandLine('delete', '--force', id);
    const { code, stderr } = await command(program, args);
    if (code !== 0 && !/does not exist|not found|no such/i.test(stderr)) throw ociError(this.path, stderr, 'delete');
    return false;
  }

  /** Whether it has state of a container, as after it was killed before it could clear up. */
  holds(id: string): boolean {
    return existsSync(join(this.root, id));
  }

  /**
   * What `runc delete` does for a container without processes and hooks: removes its cgroups, then its state. False, with the state
   * kept, when a cgroup still has processes in it: the program knows how to end them.
   */
  #takeDown(id: string): boolean {
    const folder = join(this.root, id);
    let state: { cgroup_paths?: Record<string, string> };
    try {
      state = JSON.parse(readFileSync(join(folder, 'state.json'), 'utf8')) as typeof state;
    } catch {
      return false;
    }
    for (const path of Object.values(state.cgroup_paths ?? {})) {
      if (!path.startsWith('/sys/fs/cgroup/')) return false;
      try {
        rmdirSync(path);
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) return false;
      }
    }
    return this.#removeState(folder);
  }

  #removeState(folder: string): true {
    removeTree(folder);
    return true;
  }
}

function hasData(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) > 0;
  } catch {
    return false; // EAGAIN
  }
}

/** Turns what runc or crun print on stderr into one line. */
export function ociError(program: string, stderr: string, doing: string): CaissonError {
  const words = lastMessage(stderr) || `${basename(program)} ${doing} failed`;
  if (/executable file .* not found|no such file or directory.*exec|exec: .*: no such file|executable file not found|exec format error|: stat .*: no such file|chdir to cwd .*: no such file/i.test(words)) {
    return new CaissonError('runtime-failed', words, { details: { exitCode: /exec format error/.test(words) ? 126 : 127 } });
  }
  if (/permission denied/i.test(words) && /exec/.test(words)) return new CaissonError('runtime-failed', words, { details: { exitCode: 126 } });
  return new CaissonError('runtime-failed', words);
}

/** The last message of a log in runc's (`time=… level=error msg="…"`), crun's or conmon's form. */
export function lastMessage(text: string): string {
  const lines = text.trim().split('\n').filter((line) => line.trim() !== '' && !/level=(warning|info|debug)/.test(line));
  const line = lines.findLast((candidate) => /level=(error|fatal)|msg=|: /.test(candidate)) ?? lines.at(-1) ?? '';
  const quoted = /msg=("(?:[^"\\]|\\.)*")/.exec(line)?.[1];
  const message = quoted === undefined ? line.replace(/^(?:time=\S+ level=\S+ msg=|\d{4}-\d\d-\d\dT\S+: )/, '') : unquote(quoted);
  return message.replace(/^(?:runc|crun) (?:create|run|exec|start) failed: /, '').replace(/^\[conmon:\w\]: /, '').trim().slice(0, 2000);
}

/** A Go string literal; its escapes are JSON's but for a few that do not occur in messages. */
function unquote(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return text.slice(1, -1);
  }
}
