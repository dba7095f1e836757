/** What a source began with. */
export interface ReadAhead {
  /** All of it, where it is no longer than was looked at. */
  readonly whole?: Uint8Array;
  /** The source from its beginning: the first time what was read already and its rest, then anew. */
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** Reads a source up to its end or to somewhat more than `most` bytes, whichever comes first. */
export async function readAhead(open: () => AsyncIterable<Uint8Array>, most: number): Promise<ReadAhead> {
  const rest = open()[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  for (let size = 0; size <= most; ) {
    const next = await rest.next();
    if (next.done) return { whole: Buffer.concat(pieces), open };
    pieces.push(next.value);
    size += next.value.byteLength;
  }
  let isRead = false;
  return {
    open: () => {
      if (isRead) return open();
      isRead = true;
      return resumed(pieces, rest);
    },
  };
}

async function* resumed(pieces: Uint8Array[], rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array, void> {
  try {
    while (pieces.length > 0) yield pieces.shift() as Uint8Array;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void> {
  yield await Promise.resolve(bytes);
}
