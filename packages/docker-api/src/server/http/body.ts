import type { Readable } from 'node:stream';
import { badRequest, ApiError } from './api-error.js';
import type { Check } from './check.js';

/** The largest JSON body that is read; docker's own limit is of the same size. */
const maxJsonBytes = 4 * 1024 * 1024;

export async function readBody(stream: Readable | AsyncIterable<Uint8Array>, limit = maxJsonBytes): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for await (const piece of stream as AsyncIterable<Uint8Array>) {
    size += piece.byteLength;
    if (size > limit) throw new ApiError(413, `the body is larger than ${limit} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

/** @throws ApiError 400, 413 */
export function parseJson<T>(body: Buffer, check: Check<T>, whenEmpty?: T): T {
  const source = body.toString('utf8').trim();
  if (source === '') {
    if (whenEmpty !== undefined) return whenEmpty;
    throw badRequest('invalid JSON: got EOF while reading request body');
  }
  let value: unknown;
  try {
    value = JSON.parse(source);
  } catch (error) {
    throw badRequest(`invalid JSON: ${error instanceof Error ? error.message.split('\n', 1)[0] : 'syntax error'}`);
  }
  return check(value, '');
}
