import { CaissonError, type Engine } from '@caisson/core';
import type { Endpoint } from '@caisson/docker-api/client';
import { Emitter } from '../util/emitter.js';
import type { Candidate } from './candidates.js';
import type { DaemonCommand } from './local-daemon.js';

/** A process that serves an engine at `host`. */
export interface Served extends AsyncDisposable {
  readonly host: string;
  readonly running: boolean;
}

export type ConnectionState =
  | { readonly kind: 'closed' }
  | { readonly kind: 'opening'; readonly label: string }
  | { readonly kind: 'open'; readonly label: string }
  | { readonly kind: 'failed'; readonly label: string; readonly error: unknown };

export interface ConnectionParts {
  /** Which backend is meant now. */
  choose(): Promise<Candidate>;
  start(command: DaemonCommand): Promise<Served>;
  open(host: Endpoint | string): Promise<Engine>;
}

/**
 * The engine that the editor works on. Closed until somebody calls `engine`; then whatever backend is chosen is opened, once for all that
 * ask meanwhile. A local engine that has ended is started again by the next call. `close` lets go of all; the next call begins anew.
 */
export class Connection implements AsyncDisposable {
  readonly #parts: ConnectionParts;
  readonly #changed = new Emitter<ConnectionState>();
  readonly onChange = this.#changed.event;
  #state: ConnectionState = { kind: 'closed' };
  #opening: Promise<Engine> | undefined;
  #engine: Engine | undefined;
  #served: Served | undefined;
  #generation = 0;

  constructor(parts: ConnectionParts) {
    this.#parts = parts;
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** An arrow, to be handed on. @throws CaissonError with the reason where the chosen backend cannot be used */
  readonly engine = (): Promise<Engine> => {
    if (this.#engine !== undefined && this.#served?.running !== false) return Promise.resolve(this.#engine);
    this.#opening ??= this.#open().finally(() => (this.#opening = undefined));
    return this.#opening;
  };

  async close(): Promise<void> {
    this.#generation++;
    const [engine, served] = [this.#engine, this.#served];
    this.#engine = this.#served = this.#opening = undefined;
    if (this.#state.kind !== 'closed') this.#set({ kind: 'closed' });
    await engine?.[Symbol.asyncDispose]();
    await served?.[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
    this.#changed.dispose();
  }

  async #open(): Promise<Engine> {
    const generation = this.#generation;
    let label = '';
    let served: Served | undefined;
    try {
      const candidate = await this.#parts.choose();
      label = candidate.label;
      if (generation === this.#generation) this.#set({ kind: 'opening', label });
      const { target } = candidate;
      if (target === undefined) throw new CaissonError('unavailable', `${label}: ${candidate.reason ?? 'it cannot be used'}`);
      if (target.kind === 'local') served = await this.#parts.start(target.command);
      const engine = await this.#parts.open(target.kind === 'local' ? (served?.host ?? '') : target.endpoint);
      if (generation !== this.#generation) {
        await engine[Symbol.asyncDispose]();
        throw new CaissonError('cancelled', 'another backend was chosen meanwhile');
      }
      this.#engine = engine;
      this.#served = served;
      this.#set({ kind: 'open', label });
      return engine;
    } catch (error) {
      await served?.[Symbol.asyncDispose]();
      if (generation === this.#generation) this.#set({ kind: 'failed', label, error });
      throw error;
    }
  }

  #set(state: ConnectionState): void {
    this.#state = state;
    this.#changed.fire(state);
  }
}
