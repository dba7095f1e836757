import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CaissonError } from '@caisson/core';

const headerBytes = 8;
/** No server sends more in a frame; a larger number is not a frame's. */
const maxFrame = 64 * 1024 * 1024;

export type FrameStream = 'stdout' | 'stderr';

/**
 * Reads docker's multiplexed framing: a byte for the stream (0 and 1 are standard output, 2 is standard error, 3 an error of the server),
 * three zeros, four for the length. Frames are handed on in pieces, as they come.
 */
export class FrameReader {
  readonly #take: (stream: FrameStream, data: Buffer, ends: boolean) => void;
  #header: Buffer = Buffer.alloc(0);
  #left = 0;
  #stream: FrameStream | 'error' = 'stdout';
  #error: Buffer[] = [];

  /** `take` is told whether the piece is the last of its frame. */
  constructor(take: (stream: FrameStream, data: Buffer, ends: boolean) => void) {
    this.#take = take;
  }

  /** @throws CaissonError `invalid-content`, and `internal` with what the server says went wrong */
  push(piece: Buffer): void {
    let at = 0;
    while (at < piece.length) {
      if (this.#left === 0) {
        const need = headerBytes - this.#header.length;
        this.#header = Buffer.concat([this.#header, piece.subarray(at, at + need)]);
        at += need;
        if (this.#header.length < headerBytes) return;
        this.#begin(this.#header);
        this.#header = Buffer.alloc(0);
        continue;
      }
      const data = piece.subarray(at, at + this.#left);
      at += data.length;
      this.#left -= data.length;
      if (this.#stream !== 'error') this.#take(this.#stream, data, this.#left === 0);
      else {
        this.#error.push(data);
        if (this.#left === 0) throw new CaissonError('internal', Buffer.concat(this.#error).toString('utf8').trim().split('\n')[0] || 'the engine reports a failure');
      }
    }
  }

  #begin(header: Buffer): void {
    const kind = header[0] ?? 0;
    if (kind > 3 || header[1] !== 0 || header[2] !== 0 || header[3] !== 0) throw new CaissonError('invalid-content', "the engine's stream is not in frames");
    this.#stream = kind === 2 ? 'stderr' : kind === 3 ? 'error' : 'stdout';
    this.#left = header.readUInt32BE(4);
    if (this.#left > maxFrame) throw new CaissonError('invalid-content', `a frame of ${this.#left} bytes in the engine's stream`);
  }
}

/** Parts a stream of frames into two. Who does not read one of them holds up both: read both. */
export function splitFrames(source: Readable): { stdout: Readable; stderr: Readable } {
  const outputs = { stdout: new PassThrough(), stderr: new PassThrough() };
  const waiting: Promise<unknown>[] = [];
  const reader = new FrameReader((stream, data) => {
    const output = outputs[stream];
    if (!output.write(data) && !output.destroyed) waiting.push(new Promise((resolve) => output.once('drain', resolve).once('close', resolve)));
  });
  const parted = pipeline(source, async (pieces: AsyncIterable<Buffer>) => {
    for await (const piece of pieces) {
      reader.push(piece);
      await Promise.all(waiting.splice(0));
    }
  });
  parted.then(
    () => {
      outputs.stdout.end();
      outputs.stderr.end();
    },
    (error: unknown) => {
      const reason = error instanceof Error ? error : new Error(String(error));
      // A connection that was let go ends what it carried.
      const ended = 'code' in reason && (reason.code === 'ERR_STREAM_PREMATURE_CLOSE' || reason.code === 'ECONNRESET');
      for (const output of [outputs.stdout, outputs.stderr]) if (ended) output.end();
      else output.destroy(reason);
    },
  );
  return outputs;
}

/** A source of bytes as a stream that passes them on unchanged; its end is not the source's fault. */
export function passThrough(source: Readable): Readable {
  const output = new PassThrough();
  pipeline(source, output).catch(() => output.end());
  return output;
}
