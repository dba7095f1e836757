import { CaissonError } from '../errors.js';

/** Takes a piece, and resolves when there is room for another. The piece must not be changed afterwards. */
export type WritePiece = (piece: Uint8Array) => Promise<void>;

const most = 8;

/**
 * What `fill` writes, for somebody to read as it comes: a few pieces are ahead at most. When the reader goes away, `fill` is cancelled, and waited
 * for, so that nothing goes on behind the caller's back.
 */
export async function* piped(fill: (write: WritePiece, signal: AbortSignal) => Promise<void>, signal?: AbortSignal): AsyncGenerator<Uint8Array, void> {
  const left = new AbortController();
  const ready: Uint8Array[] = [];
  let ended = false;
  let wakeReader = (): void => {};
  let wakeWriter = (): void => {};
  const write: WritePiece = async (piece) => {
    ready.push(piece);
    wakeReader();
    while (ready.length >= most && !left.signal.aborted) await new Promise<void>((resolve) => (wakeWriter = resolve));
    if (left.signal.aborted) throw new CaissonError('cancelled', 'nobody reads what is written');
  };
  const work = fill(write, signal ? AbortSignal.any([signal, left.signal]) : left.signal).finally(() => {
    ended = true;
    wakeReader();
  });
  work.catch(() => {}); // told by the await below
  try {
    for (;;) {
      const piece = ready.shift();
      wakeWriter();
      if (piece) yield piece;
      else if (ended) break;
      else await new Promise<void>((resolve) => (wakeReader = resolve));
    }
    await work;
  } finally {
    left.abort();
    wakeWriter();
    await work.catch(() => {});
  }
}
