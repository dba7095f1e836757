import { CaissonError } from '@caisson/core';

/**
 * What goes over the pipe between a monitor and its clients. A client's first frame is a request; the answer is an `ok` or an `error`. For
 * requests that open a session (attach, exec) data of the streams follows in both directions, until the monitor's `exit`.
 */
export const frame = { request: 0, ok: 1, error: 2, stdin: 3, stdinEnd: 4, stdout: 5, stderr: 6, exit: 7, resize: 8, kill: 9 } as const;

export type FrameType = (typeof frame)[keyof typeof frame];

/** No frame is larger: a reader refuses more before it takes any memory. */
const maxFrame = 4 << 20;
const headerBytes = 5;

/** A type, a length (32 bits, little-endian), and the data. */
export function encodeFrame(type: FrameType, data: Uint8Array): Buffer {
  const encoded = Buffer.allocUnsafe(headerBytes + data.length);
  encoded[0] = type;
  encoded.writeUInt32LE(data.length, 1);
  encoded.set(data, headerBytes);
  return encoded;
}

export function encodeJson(type: FrameType, value: unknown): Buffer {
  return encodeFrame(type, Buffer.from(JSON.stringify(value)));
}

/** Takes frames out of what a socket gives, in pieces of any size. */
export class FrameReader {
  readonly #onFrame: (type: number, data: Buffer) => void;
  #rest: Buffer = Buffer.alloc(0);

  /** `data` is valid until `onFrame` returns, unless it is copied. */
  constructor(onFrame: (type: number, data: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  /** @throws CaissonError `invalid-content` */
  push(chunk: Buffer): void {
    let data = this.#rest.length > 0 ? Buffer.concat([this.#rest, chunk]) : chunk;
    while (data.length >= headerBytes) {
      const length = data.readUInt32LE(1);
      if (length > maxFrame || data[0]! > frame.kill) throw new CaissonError('invalid-content', 'the other side of the monitor’s pipe does not keep to the protocol');
      if (data.length < headerBytes + length) break;
      this.#onFrame(data[0]!, data.subarray(headerBytes, headerBytes + length));
      data = data.subarray(headerBytes + length);
    }
    this.#rest = data;
  }
}
