import type { Readable } from 'node:stream';
import { ApiError } from './api-error.js';

/** The first line of a stream, without its end, and what follows it. @throws ApiError 413 */
export async function readLine(stream: Readable, limit: number): Promise<{ readonly line: Buffer; readonly rest: AsyncIterable<Uint8Array> }> {
  const pieces = (stream as AsyncIterable<Buffer>)[Symbol.asyncIterator]();
  const head: Buffer[] = [];
  let size = 0;
  for (;;) {
    const step = await pieces.next();
    if (step.done) return { line: Buffer.concat(head), rest: following(Buffer.alloc(0), pieces) };
    const end = step.value.indexOf(10);
    if (end >= 0) return { line: Buffer.concat([...head, step.value.subarray(0, end)]), rest: following(step.value.subarray(end + 1), pieces) };
    head.push(step.value);
    size += step.value.length;
    if (size > limit) throw new ApiError(413, `the first line is longer than ${limit} bytes`);
  }
}

async function* following(first: Buffer, pieces: AsyncIterator<Buffer>): AsyncGenerator<Uint8Array, void> {
  if (first.length > 0) yield first;
  for (;;) {
    const step = await pieces.next();
    if (step.done) return;
    yield step.value;
  }
}
