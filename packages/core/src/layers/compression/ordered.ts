import { availableParallelism } from 'node:os';

/** Jobs of the thread pool that are worth having at once; its four threads are Node's default. */
export const defaultConcurrency = Math.min(availableParallelism() + 1, 8);

/**
 * Runs `work` on each item, up to `concurrency` at once, and gives the results in the order of the items. Takes no item before there is
 * room for it, so that memory stays flat.
 */
export async function* inOrder<T, R>(items: AsyncIterable<T>, concurrency: number, work: (item: T) => Promise<R>): AsyncGenerator<R, void> {
  const running: Promise<R>[] = [];
  try {
    for await (const item of items) {
      const job = work(item);
      // It is awaited below, in its turn; until then its failure must not count as unhandled.
      job.catch(() => {});
      running.push(job);
      if (running.length >= concurrency) yield await running.shift()!;
    }
    while (running.length > 0) yield await running.shift()!;
  } finally {
    await Promise.allSettled(running);
  }
}

/** The same bytes in pieces of `size`, the last one shorter. Pieces are copies, unless a chunk is just one piece. */
export async function* inBlocks(source: AsyncIterable<Uint8Array> | Iterable<Uint8Array>, size: number): AsyncGenerator<Buffer, void> {
  let block: Buffer | undefined;
  let filled = 0;
  for await (const chunk of source) {
    let at = 0;
    while (at < chunk.length) {
      if (block === undefined && chunk.length - at >= size) {
        yield Buffer.from(chunk.buffer, chunk.byteOffset + at, size);
        at += size;
        continue;
      }
      block ??= Buffer.allocUnsafeSlow(size);
      const count = Math.min(size - filled, chunk.length - at);
      block.set(chunk.subarray(at, at + count), filled);
      filled += count;
      at += count;
      if (filled === size) {
        yield block;
        block = undefined;
        filled = 0;
      }
    }
  }
  if (block !== undefined) yield block.subarray(0, filled);
}
