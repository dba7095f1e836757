/** docker's names for the streams in a frame's first byte. */
export const streamTypes = { stdin: 0, stdout: 1, stderr: 2, systemError: 3 } as const;

/**
 * One frame of the multiplexed stream: type, three zero bytes, the length in four bytes of big-endian order, the data. (Engine API,
 * «Attach to a container», stream format.)
 */
export function frame(stream: 'stdout' | 'stderr' | 'systemError', data: Uint8Array): Buffer {
  const framed = Buffer.allocUnsafe(8 + data.byteLength);
  framed.writeUInt32BE(streamTypes[stream] << 24 >>> 0, 0);
  framed.writeUInt32BE(data.byteLength, 4);
  framed.set(data, 8);
  return framed;
}

export const rawStream = 'application/vnd.docker.raw-stream';
export const multiplexedStream = 'application/vnd.docker.multiplexed-stream';
