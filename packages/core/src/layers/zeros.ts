const zeros = Buffer.alloc(64 * 1024);

/**
 * Calls `write` for what of the data is not long rows of zeros, in order: these may be left out of a file as holes. Returns whether any
 * were left out.
 */
export function withoutZeros(data: Uint8Array, write: (from: number, to: number) => void): boolean {
  let from = 0;
  let left = false;
  for (let at = 0; at + zeros.length <= data.length; at += zeros.length) {
    // Most of what is not zero is seen by one byte.
    if (data[at] !== 0 || zeros.compare(data, at, at + zeros.length) !== 0) continue;
    if (at > from) write(from, at);
    from = at + zeros.length;
    left = true;
  }
  if (data.length > from) write(from, data.length);
  return left;
}
