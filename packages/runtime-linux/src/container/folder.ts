import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import type { CgroupMode } from '../cgroup/mode.js';
import { removeTree } from './remove-tree.js';
import { CaissonError, isAlive, startTime, bootId, type ExitStatus, type ProcessIdentity } from '@caisson/core';

/** What a later process must know of a container; the rest is in config.json and in the monitor's files. */
export interface ContainerRecord {
  readonly id: string;
  readonly ociRuntime: string;
  readonly terminal: boolean;
  readonly stdin: boolean;
  /** `user` as it was asked for and what it meant, so that an exec as the same user need not look again. */
  readonly user: { readonly wanted: string; readonly uid: number; readonly gid: number; readonly additionalGids: readonly number[] };
  /** Below the roots of the cgroup trees. */
  readonly cgroupPath: string;
  /** An ordinary user's: the roots that this was made below, which depend on who starts it (see delegation.ts). */
  readonly delegated?: { readonly kind: CgroupMode['kind']; readonly controllers: Readonly<Record<string, string>> };
  /** Who makes it: until there is a process ID, it lives as long as its maker does. */
  readonly maker: ProcessIdentity;
  readonly pid?: ProcessIdentity;
  readonly monitor?: ProcessIdentity;
}

const ID = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

/**
 * A folder with a monitor: of a container, where it is the OCI bundle as well, or of a process that runs in one. It holds what the monitor
 * makes: `attach`, `ctl`, `oom`, and a file named by the container's ID for the exit.
 */
export class ContainerFolder {
  readonly id: string;
  readonly path: string;

  constructor(id: string, path: string) {
    this.id = id;
    this.path = path;
  }

  /** @throws CaissonError `invalid-argument` for an ID that is no file name. */
  static of(runRoot: string, id: string): ContainerFolder {
    if (!ID.test(id)) throw new CaissonError('invalid-argument', `not a container ID: ${JSON.stringify(id.slice(0, 100))}`);
    return new ContainerFolder(id, join(runRoot, 'containers', id));
  }

  file(name: string): string {
    return join(this.path, name);
  }

  get attachSocket(): string {
    return this.file('attach');
  }

  /** @throws CaissonError `already-exists` */
  create(): void {
    mkdirSync(join(this.path, '..'), { recursive: true, mode: 0o711 });
    try {
      mkdirSync(this.path, { mode: 0o700 });
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') throw new CaissonError('already-exists', `the runtime has a container ${this.id} already`, { cause: error });
      throw error;
    }
  }

  exists(): boolean {
    return statSync(this.path, { throwIfNoEntry: false }) !== undefined;
  }

  write(record: ContainerRecord): void {
    const aside = this.file('.record');
    writeFileSync(aside, JSON.stringify(record), { mode: 0o600 });
    renameSync(aside, this.file('record.json'));
  }

  /** Undefined where there is none, or its making was cut short. */
  read(): ContainerRecord | undefined {
    const text = readIfThere(this.file('record.json'));
    return text === undefined ? undefined : (JSON.parse(text) as ContainerRecord);
  }

  /** What the monitor wrote at the end; undefined before. */
  exit(): ExitStatus | undefined {
    const path = this.file(this.id);
    const stat = statSync(path, { throwIfNoEntry: false });
    const text = stat && readIfThere(path);
    if (!stat || text === undefined || !/^-?\d+/.test(text)) return undefined;
    return { code: Number.parseInt(text, 10) & 0xff, at: stat.mtime, oomKilled: this.#has('oom') };
  }

  #has(name: string): boolean {
    return statSync(this.file(name), { throwIfNoEntry: false }) !== undefined;
  }

  remove(): void {
    removeTree(this.path);
  }

  static ids(runRoot: string): string[] {
    try {
      return readdirSync(join(runRoot, 'containers'));
    } catch {
      return [];
    }
  }
}

export function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR' || error.code === 'ENODEV' || error.code === 'ESRCH')) return undefined;
    throw error;
  }
}

/** Undefined for a process that has ended. */
export function identify(pid: number): ProcessIdentity | undefined {
  const started = startTime(pid);
  return started === undefined ? undefined : { pid, started, boot: bootId() };
}

export const alive = (identity: ProcessIdentity | undefined): identity is ProcessIdentity => identity !== undefined && isAlive(identity);
