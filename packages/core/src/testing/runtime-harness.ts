import assert from 'node:assert/strict';
import { isCaissonError, type ErrorCode } from '../errors.js';
import type { ContainerSpec, ProcessSpec, Runtime } from '../runtime/runtime.js';

export interface RuntimeHarness {
  /** A runtime; a second call gives another one on the same state, as another process would have it. */
  readonly open: () => Promise<Runtime>;
  /**
   * A container of its own with a fresh ID and a writable root file system that has a POSIX shell with the usual commands (busybox).
   * Without a network, as root, PATH set.
   */
  readonly spec: (process: Partial<ProcessSpec> & Pick<ProcessSpec, 'args'>, more?: Partial<ContainerSpec>) => Promise<ContainerSpec>;
}

export type RuntimeCases = Record<string, (runtime: Runtime, harness: RuntimeHarness) => Promise<void>>;

export async function started(runtime: Runtime, container: ContainerSpec, process: Partial<ProcessSpec> = {}): Promise<{ id: string }> {
  await runtime.create({ ...container, process: { ...container.process, ...process } });
  await runtime.start(container.id);
  return { id: container.id };
}

export async function attached(runtime: Runtime, container: ContainerSpec) {
  await runtime.create(container);
  const process = await runtime.attach(container.id, { stdin: container.process.stdin });
  const [output, errors] = [collect(process.stdout), collect(process.stderr)];
  await runtime.start(container.id);
  return { id: container.id, process, output, errors };
}

/** Reads a stream as text, to the end or to a mark. */
export function collect(stream: NodeJS.ReadableStream | null) {
  let text = '';
  let wake = () => {};
  stream?.setEncoding('utf8').on('data', (part: string) => {
    text += part;
    wake();
  });
  const ended = stream === null ? Promise.resolve() : new Promise<void>((resolve) => stream.on('end', resolve).on('close', resolve));
  return {
    async until(mark: string): Promise<string> {
      while (!text.includes(mark)) await Promise.race([new Promise<void>((resolve) => (wake = resolve)), ended.then(() => assert.fail(`the stream ended before ${JSON.stringify(mark)}: ${JSON.stringify(text)}`))]);
      return text;
    },
    async end(): Promise<string> {
      await ended;
      return text;
    },
  };
}

export async function refused(promise: Promise<unknown>, code: ErrorCode): Promise<void> {
  await assert.rejects(promise, (error) => isCaissonError(error, code) || assert.fail(`not ${code}: ${String(error)}`));
}
