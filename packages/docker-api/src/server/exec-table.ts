import { randomBytes } from 'node:crypto';
import type { ExecRequest, Process } from '@caisson/core';
import { notFound } from './http/api-error.js';

/**
 * A command to run in a container. The API makes it, starts it and asks for it in separate calls; core's engine has one call, so what is
 * between them lives here, as in docker with the daemon. It is kept for some time after its end, for clients that ask for the exit code.
 */
export interface Exec {
  readonly id: string;
  readonly containerId: string;
  readonly request: ExecRequest;
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  readonly detachKeys: string;
  status: 'created' | 'running' | 'ended';
  exitCode: number | null;
  process: Process | undefined;
  /** Settles when the end of a running one has been noted. */
  ended: Promise<void>;
}

/** Ended execs beyond this count are forgotten, the oldest first. */
const keptEnded = 1000;

export class ExecTable {
  readonly #execs = new Map<string, Exec>();
  #ended = 0;

  add(exec: Pick<Exec, 'containerId' | 'request' | 'attachStdin' | 'attachStdout' | 'attachStderr' | 'detachKeys'>): Exec {
    const made: Exec = { ...exec, id: randomBytes(32).toString('hex'), status: 'created', exitCode: null, process: undefined, ended: Promise.resolve() };
    this.#execs.set(made.id, made);
    this.#trim();
    return made;
  }

  /** @throws ApiError 404 */
  get(id: string): Exec {
    const exec = this.#execs.get(id);
    if (!exec) throw notFound(`No such exec instance: ${id.slice(0, 200)}`);
    return exec;
  }

  /** Those of a container that have not ended. */
  idsOf(containerId: string): string[] {
    return [...this.#execs.values()].filter((exec) => exec.containerId === containerId && exec.status !== 'ended').map((exec) => exec.id);
  }

  end(exec: Exec, exitCode: number): void {
    exec.status = 'ended';
    exec.exitCode = exitCode;
    exec.process = undefined;
    this.#ended++;
    this.#trim();
  }

  /** Of those that were never started, too, no more are kept than of the ended. */
  #trim(): void {
    if (this.#ended <= keptEnded && this.#execs.size <= keptEnded * 10) return;
    for (const [id, exec] of this.#execs) {
      if (exec.status === 'running') continue;
      this.#execs.delete(id);
      if (exec.status === 'ended') this.#ended--;
      if (this.#ended <= keptEnded && this.#execs.size <= keptEnded * 10) return;
    }
  }
}
