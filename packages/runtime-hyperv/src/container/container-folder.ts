import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, fromSystemError, systemCode, type ExitStatus } from '@caisson/core';
import { exitRecord, exitStatus, type ExitRecord } from '../monitor/messages.js';
import type { SystemTimeouts } from '../hcs/compute-system.js';
import type { LibraryPaths } from '../win32/library-paths.js';
import type { PreparedContainer } from './prepared-container.js';

/** What a monitor is given to read. */
export interface MonitorRecord {
  readonly prepared: PreparedContainer;
  /** Path of the named pipe it listens on. */
  readonly pipe: string;
  /** Whoever can read this file may talk to the monitor. */
  readonly token: string;
  readonly supervised: boolean;
  readonly libraries: Partial<LibraryPaths>;
  readonly timeouts: SystemTimeouts;
  /** Folder where endpoints of containers are noted. */
  readonly endpoints: string;
}

/** The folder of one container below the run root: what its monitor was told, and its exit once there is one. */
export class ContainerFolder {
  readonly id: string;
  readonly path: string;

  private constructor(id: string, path: string) {
    this.id = id;
    this.path = path;
  }

  /** @throws CaissonError `invalid-argument` for an ID that is no name of a file */
  static of(runRoot: string, id: string): ContainerFolder {
    if (!/^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/.test(id) || id.endsWith('.')) throw new CaissonError('invalid-argument', `invalid container ID ${JSON.stringify(id.slice(0, 100))}`);
    return new ContainerFolder(id, join(runRoot, 'containers', id));
  }

  static ids(runRoot: string): string[] {
    try {
      return readdirSync(join(runRoot, 'containers'));
    } catch {
      return []; // none has been made yet
    }
  }

  /** @throws CaissonError `already-exists` */
  make(): void {
    try {
      mkdirSync(join(this.path, '..'), { recursive: true, mode: 0o700 });
      mkdirSync(this.path, { mode: 0o700 });
    } catch (error) {
      if (systemCode(error) === 'EEXIST') throw new CaissonError('already-exists', `the runtime has a container ${this.id} already`);
      throw fromSystemError(error, `making the folder of container ${this.id}`);
    }
  }

  exists(): boolean {
    return existsSync(this.path);
  }

  file(name: string): string {
    return join(this.path, name);
  }

  write(record: MonitorRecord): void {
    this.#write('monitor.json', record);
  }

  read(): MonitorRecord | undefined {
    return this.#read<MonitorRecord>('monitor.json');
  }

  writeExit(exit: ExitStatus): void {
    this.#write('exit.json', exitRecord(exit));
  }

  exit(): ExitStatus | undefined {
    const record = this.#read<ExitRecord>('exit.json');
    return record && exitStatus(record);
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true, maxRetries: 5 });
  }

  /** Whole or not at all. */
  #write(name: string, value: unknown): void {
    const aside = this.file(`${name}.${process.pid}`);
    try {
      writeFileSync(aside, JSON.stringify(value), { mode: 0o600 });
      renameSync(aside, this.file(name));
    } catch (error) {
      throw fromSystemError(error, `writing ${this.file(name)}`);
    }
  }

  #read<T>(name: string): T | undefined {
    try {
      return JSON.parse(readFileSync(this.file(name), 'utf8')) as T;
    } catch {
      return undefined; // not there, or not yet
    }
  }
}
