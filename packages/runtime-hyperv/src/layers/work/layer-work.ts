import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { CaissonError } from '@caisson/core';
import { frame, FrameReader } from '../../monitor/frames.js';
import { toError, type ErrorRecord } from '../../monitor/messages.js';
import type { LayerAnswer, LayerRequest } from './layer-request.js';

export interface LayerWorkOptions {
  readonly helper: readonly string[];
  readonly signal?: AbortSignal;
  /** Bytes for the child. */
  readonly input?: AsyncIterable<Uint8Array>;
  /** Takes what the child makes; done with it when it returns. */
  readonly output?: (data: Uint8Array) => void;
}

/** Has a child do one piece of work on a layer. @throws CaissonError the child's own; `cancelled` */
export async function layerWork<R extends LayerRequest>(request: R, { helper, signal, input, output }: LayerWorkOptions): Promise<LayerAnswer<R>> {
  const [program = process.execPath, ...args] = helper;
  const child = spawn(program, [...args, 'layers'], { stdio: ['pipe', 'pipe', 'pipe'], windowsHide: true });
  const cancel = () => child.kill();
  signal?.addEventListener('abort', cancel, { once: true });
  if (signal?.aborted) cancel();
  let answer: { readonly value: LayerAnswer<R> } | CaissonError | undefined;
  const reader = new FrameReader((type, data) => {
    if (type === frame.stdout) output?.(data);
    else if (type === frame.ok) answer = { value: (JSON.parse(data.toString()) ?? undefined) as LayerAnswer<R> };
    else if (type === frame.error) answer = toError(JSON.parse(data.toString()) as ErrorRecord);
  });
  let errors = '';
  child.stdout.on('data', (chunk: Buffer) => reader.push(chunk));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
  child.stdin.on('error', () => {}); // it has ended: its answer, or that there is none, says why
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', (error) => reject(new CaissonError('runtime-failed', `the helper that works on layers cannot be started: ${error.message}`, { cause: error })));
    child.once('close', () => resolve());
  });
  ended.catch(() => {}); // awaited below
  try {
    await feed(child.stdin, request, input);
    await ended;
  } catch (error) {
    child.kill();
    await ended.catch(() => {});
    if (!answer) throw error;
  } finally {
    signal?.removeEventListener('abort', cancel);
  }
  if (signal?.aborted) throw new CaissonError('cancelled', 'cancelled', { cause: signal.reason });
  if (answer instanceof CaissonError) throw answer;
  if (!answer) throw new CaissonError('runtime-failed', `the helper that works on layers ended without an answer${errors.trim() === '' ? '' : `: ${errors.trim().replaceAll(/\s+/g, ' ').slice(0, 500)}`}`);
  return answer.value;
}

async function feed(stdin: NodeJS.WritableStream & { readonly destroyed?: boolean }, request: LayerRequest, input: AsyncIterable<Uint8Array> | undefined): Promise<void> {
  stdin.write(`${JSON.stringify(request)}\n`);
  for await (const piece of input ?? []) {
    if (stdin.destroyed) return;
    // The piece may be used again by its source once the next is asked for.
    if (!stdin.write(Buffer.from(piece))) await Promise.race([once(stdin, 'drain'), once(stdin, 'close')]);
  }
  stdin.end();
}
