import type { Descriptor } from '@caisson/core';
import type { CallOptions } from '../options.js';
import type { Transport } from '../transport/transport.js';
import { readBlob } from './blobs.js';
import type { Repository } from './repository.js';

export interface RangesOptions extends CallOptions {
  readonly offset?: number;
  /** How many connections are used at once. */
  readonly ranges: number;
  /** Bytes of one range. As much times `ranges` is the most that waits in memory. Default 4 MiB. */
  readonly rangeSize?: number;
}

/**
 * A blob over several connections at once, given in order. The first range shows whether the server heeds ranges: where it does not,
 * the rest comes over one connection. Each range is taken up again after a fault for itself.
 */
export async function* readInRanges(transport: Transport, repository: Repository, blob: Descriptor, options: RangesOptions): AsyncGenerator<Uint8Array, void> {
  const { offset = 0, ranges, rangeSize = 4 * 1024 * 1024, signal } = options;
  const second = offset + rangeSize;
  if (blob.size - offset < 4 * rangeSize) {
    yield* readBlob(transport, repository, blob, { offset, ...(signal ? { signal } : {}) });
    return;
  }
  const abort = new AbortController();
  const inner = { signal: signal ? AbortSignal.any([signal, abort.signal]) : abort.signal };
  const pending: Promise<Uint8Array[]>[] = [];
  let next = second;
  const ahead = () => {
    while (pending.length < ranges && next < blob.size) {
      const part = collect(readBlob(transport, repository, blob, { ...inner, offset: next, length: Math.min(rangeSize, blob.size - next) }));
      // Its error is thrown when its turn comes.
      part.catch(() => {});
      pending.push(part);
      next += rangeSize;
    }
  };
  let heeded = false;
  const onReply = (partial: boolean) => {
    heeded = partial;
    if (partial) ahead();
  };
  try {
    yield* readBlob(transport, repository, blob, { ...inner, offset, length: rangeSize, onReply });
    if (!heeded) yield* readBlob(transport, repository, blob, { ...inner, offset: second });
    for (let part = pending.shift(); part; part = pending.shift()) {
      const chunks = await part;
      ahead();
      yield* chunks;
    }
  } finally {
    abort.abort();
    await Promise.allSettled(pending);
  }
}

async function collect(source: AsyncIterable<Uint8Array>): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of source) chunks.push(chunk);
  return chunks;
}
