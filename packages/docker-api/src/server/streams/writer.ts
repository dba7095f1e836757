import type { Writable } from 'node:stream';

/**
 * Writes at the pace of the reader. Resolves when there is room again; rejects when the reader has gone, so that whoever produces for it
 * stops.
 */
export function write(stream: Writable, data: string | Uint8Array): Promise<void> | undefined {
  if (stream.destroyed) return Promise.reject(new Error('the client has gone'));
  if (stream.write(data)) return undefined;
  return new Promise((resolve, reject) => {
    const done = () => {
      stream.off('drain', drained);
      stream.off('close', closed);
    };
    const drained = () => {
      done();
      resolve();
    };
    const closed = () => {
      done();
      reject(new Error('the client has gone'));
    };
    stream.on('drain', drained);
    stream.on('close', closed);
  });
}
