import type { Readable, Writable } from 'node:stream';
import { DetachKeys, type Process } from '@caisson/core';
import type { Hijacked } from './hijack.js';
import { frame } from './multiplex.js';
import { write } from './writer.js';

export interface JoinOptions {
  readonly terminal: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly stdin: boolean;
  /** Tells the streams apart by frames; default: without a terminal. */
  readonly framed?: boolean;
  /** With a terminal, what the user types to leave. */
  readonly detachKeys: string;
}

/**
 * Joins a client's connection with a process, at the pace of the slower one each way, until the process's output ends, the client goes
 * away or the user types the keys that detach. The end of the client's input half-closes the process's, unless that is a terminal.
 */
export async function joinStreams(client: Hijacked, process: Process, options: JoinOptions): Promise<'ended' | 'detached' | 'gone'> {
  const { output, signal } = client;
  const { framed = !options.terminal } = options;
  const outputs = Promise.all([
    options.stdout || options.terminal ? pass(process.stdout, output, framed ? 'stdout' : undefined) : drain(process.stdout),
    options.stderr && !options.terminal ? pass(process.stderr, output, framed ? 'stderr' : undefined) : drain(process.stderr),
  ]);
  outputs.catch(() => {}); // of a client that has gone
  const gone = new Promise<'gone'>((resolve) => {
    if (signal.aborted) resolve('gone');
    else signal.addEventListener('abort', () => resolve('gone'), { once: true });
  });
  const detached = options.stdin && process.stdin ? sendInput(client.input, process.stdin, options) : ignoreInput(client.input);
  return Promise.race([outputs.then(() => 'ended' as const), gone, detached]);
}

async function pass(source: Readable | null, output: Writable, stream: 'stdout' | 'stderr' | undefined): Promise<void> {
  if (!source) return;
  for await (const piece of source as AsyncIterable<Buffer>) await write(output, stream === undefined ? piece : frame(stream, piece));
}

/** What nobody wants to see must not hold up the process. */
async function drain(source: Readable | null): Promise<void> {
  if (!source) return;
  source.resume();
  await new Promise<void>((resolve) => source.once('close', resolve).once('end', resolve));
}

/** Resolves with `detached` when the keys have been typed; never otherwise. A terminal has no end of input: that is a key. */
function sendInput(input: Readable, stdin: Writable, { terminal, detachKeys }: JoinOptions): Promise<'detached'> {
  const detach = new DetachKeys(terminal ? detachKeys : '');
  const end = () => {
    if (!terminal) stdin.end();
  };
  return new Promise((resolve) => {
    stdin.on('error', () => {}); // the process has closed its input
    const onData = (data: Buffer) => {
      const { forward, detached } = detach.filter(data);
      if (forward.length > 0 && !stdin.destroyed && !stdin.write(forward)) {
        input.pause();
        stdin.once('drain', () => input.resume());
        stdin.once('close', () => input.resume());
      }
      if (!detached) return;
      input.off('data', onData);
      resolve('detached');
    };
    input.on('data', onData);
    input.once('end', end);
    input.on('error', end);
  });
}

function ignoreInput(input: Readable): Promise<never> {
  input.on('error', () => {});
  input.resume();
  return new Promise(() => {});
}
