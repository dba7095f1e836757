import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CaissonError } from '../../errors.js';
import type { AttachOptions, ExitStatus, Process, TerminalSize } from '../../runtime/runtime.js';
import type { ContainerRecord } from './record.js';

/**
 * Clients that have attached to containers which do not run yet. When this process starts the container, they are joined to it before its
 * first instruction, so that no output is missed. A start by another process they do not see.
 */
export class EarlyAttachments {
  readonly #waiting = new Map<string, Set<EarlyProcess>>();

  add(record: ContainerRecord, options: AttachOptions): Process {
    const waiting = this.#waiting.get(record.id) ?? new Set();
    this.#waiting.set(record.id, waiting);
    const client = new EarlyProcess(record, options, () => {
      waiting.delete(client);
      if (waiting.size === 0 && this.#waiting.get(record.id) === waiting) this.#waiting.delete(record.id);
    });
    waiting.add(client);
    return client;
  }

  /** Joins all who wait, each by an attachment of its own. */
  async join(id: string, attach: (options: AttachOptions) => Promise<Process>): Promise<void> {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const client of waiting ?? []) client.join(await attach(client.options));
  }

  /** The container could not be started, or has been removed: there will be nothing to see. */
  fail(id: string, error: unknown): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    for (const client of waiting ?? []) client.fail(error);
  }
}

class EarlyProcess implements Process {
  readonly stdin: PassThrough | null;
  readonly stdout = new PassThrough();
  readonly stderr: PassThrough | null;
  readonly options: AttachOptions;
  readonly #forget: () => void;
  readonly #exit = Promise.withResolvers<ExitStatus>();
  #process: Process | undefined;
  #size: TerminalSize | undefined;
  #left = false;

  constructor({ process }: ContainerRecord, options: AttachOptions, forget: () => void) {
    this.options = options;
    this.stdin = options.stdin && process.stdin ? new PassThrough() : null;
    this.stderr = process.terminal ? null : new PassThrough();
    this.#forget = forget;
    this.#exit.promise.catch(() => {});
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream?.on('error', () => {}); // told by wait
  }

  join(process: Process): void {
    this.#process = process;
    if (this.#left) {
      void process[Symbol.asyncDispose]();
      return;
    }
    const pass = (from: NodeJS.ReadableStream | null, to: NodeJS.WritableStream | null) => {
      if (from && to) pipeline(from, to).catch(() => {}); // one side has gone: the other sees it
      else to?.end();
    };
    pass(this.stdin, process.stdin);
    pass(process.stdout, this.stdout);
    pass(process.stderr, this.stderr);
    process.wait().then(this.#exit.resolve, this.#exit.reject);
    if (this.#size) process.resize(this.#size).catch(() => {}); // it has ended at once
  }

  fail(error: unknown): void {
    this.#exit.reject(error);
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream?.end();
  }

  async resize(size: TerminalSize): Promise<void> {
    this.#size = size;
    await this.#process?.resize(size);
  }

  async kill(signal: string | number): Promise<void> {
    if (!this.#process) throw new CaissonError('in-use', 'the container has not been started');
    await this.#process.kill(signal);
  }

  wait(): Promise<ExitStatus> {
    return this.#exit.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#left = true;
    this.#forget();
    this.#exit.reject(new CaissonError('cancelled', 'detached'));
    await this.#process?.[Symbol.asyncDispose]();
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream?.destroy();
  }
}
