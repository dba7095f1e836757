import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ContainerOptions } from '../engine/containers/options.js';
import type { Engine } from '../engine/engine.js';
import type { Process } from '../runtime/runtime.js';
import { isCaissonError, type ErrorCode } from '../errors.js';
import { collect } from './runtime-harness.js';

export interface EngineHarness {
  /** The engine under test; all cases may share one. */
  readonly open: () => Promise<Engine>;
  /** A name of an image in it that has a POSIX shell with the usual commands (busybox) and the command `/bin/sh`. */
  readonly image: string;
  /** Of new containers, beside what a case asks for. */
  readonly defaults?: Partial<ContainerOptions>;
  /** Cases that do not apply to this engine, by name, and why. */
  readonly without?: Readonly<Record<string, string>>;
}

/** What a case gets: the engine, and help that clears away what it made. */
export class EngineBench {
  readonly engine: Engine;
  readonly image: string;
  readonly #defaults: Partial<ContainerOptions>;
  readonly #undo: (() => Promise<unknown>)[] = [];

  constructor(engine: Engine, { image, defaults = {} }: EngineHarness) {
    this.engine = engine;
    this.image = image;
    this.#defaults = defaults;
  }

  name(): string {
    return `caisson-test-${randomBytes(6).toString('hex')}`;
  }

  /** Done when the case is over, last first. */
  after(undo: () => Promise<unknown>): void {
    this.#undo.push(undo);
  }

  async create(command: readonly string[], options: Partial<ContainerOptions> = {}) {
    const container = await this.engine.containers.create({ image: this.image, pull: 'never', ...(command.length > 0 ? { command } : {}), ...this.#defaults, ...options, resources: { ...this.#defaults.resources, ...options.resources } });
    this.after(() => this.engine.containers.remove(container.id, { force: true, volumes: true }));
    return container;
  }

  async start(command: readonly string[], options: Partial<ContainerOptions> = {}) {
    const container = await this.create(command, options);
    await this.engine.containers.start(container.id);
    return container;
  }

  /** Attached from before its first instruction. */
  async attach(command: readonly string[], options: Partial<ContainerOptions> = {}): Promise<{ id: string; process: Process; output: ReturnType<typeof collect>; errors: ReturnType<typeof collect> }> {
    const container = await this.create(command, options);
    const process = await this.engine.containers.attach(container.id, { stdin: options.stdin ?? false });
    this.after(async () => process[Symbol.asyncDispose]());
    const [output, errors] = [collect(process.stdout), collect(process.stderr)];
    await this.engine.containers.start(container.id);
    return { id: container.id, process, output, errors };
  }

  async exec(id: string, args: readonly string[], more: { stdin?: boolean; terminal?: boolean; env?: readonly string[]; cwd?: string; user?: string } = {}) {
    const process = await this.engine.containers.exec(id, { args, ...more }, { stdio: 'pipe' });
    this.after(async () => process[Symbol.asyncDispose]());
    return { process, output: collect(process.stdout), errors: collect(process.stderr) };
  }

  async clear(): Promise<void> {
    for (const undo of this.#undo.reverse()) await undo().catch(() => {}); // a case may have done it itself
  }
}

export type EngineCases = Record<string, (bench: EngineBench) => Promise<void>>;

export const shell = (script: string): string[] => ['sh', '-c', script];

export async function bytes(source: AsyncIterable<Uint8Array>): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(source));
}

export async function* once(data: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield data;
}

export async function refused(call: () => Promise<unknown>, ...codes: ErrorCode[]): Promise<void> {
  await assert.rejects(call, (error) => {
    if (!isCaissonError(error, ...codes)) assert.fail(`not ${codes.join(' or ')}: ${error instanceof Error ? `${'code' in error ? `${String(error.code)}: ` : ''}${error.message}` : String(error)}`);
    assert.ok(error.message !== '' && !error.message.includes('\n'), `one line: ${JSON.stringify(error.message)}`);
    return true;
  });
}
