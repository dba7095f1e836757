import type { Duplex, Readable, Writable } from 'node:stream';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ExitStatus, Process, TerminalSize } from '@caisson/core';
import { passThrough, splitFrames } from './frames.js';

export interface RemoteProcessParts {
  /** Undefined: detached, without streams. */
  readonly stream: Duplex | undefined;
  readonly stdin: boolean;
  /** Output comes raw, not in frames. */
  readonly terminal: boolean;
  resize(size: TerminalSize): Promise<void>;
  kill(signal: string | number): Promise<void>;
  /** Called when the streams have ended, or at once where there are none. */
  exit(): Promise<ExitStatus>;
}

/** A process on another host, joined through a connection of its own. Disposing closes that. */
export class RemoteProcess implements Process {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #parts: RemoteProcessParts;
  #exit: Promise<ExitStatus> | undefined;

  constructor(parts: RemoteProcessParts) {
    this.#parts = parts;
    const { stream } = parts;
    if (!stream) {
      this.stdin = this.stdout = this.stderr = null;
      return;
    }
    stream.on('error', () => {}); // told by the ends of the streams
    const outputs = parts.terminal ? { stdout: passThrough(stream), stderr: ended() } : splitFrames(stream);
    this.stdout = outputs.stdout;
    this.stderr = outputs.stderr;
    this.stdin = parts.stdin ? halfClosing(stream) : null;
  }

  resize(size: TerminalSize): Promise<void> {
    return this.#parts.resize(size);
  }

  kill(signal: string | number): Promise<void> {
    return this.#parts.kill(signal);
  }

  wait(): Promise<ExitStatus> {
    return (this.#exit ??= this.#parts.exit());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#parts.stream?.destroy();
    // Whatever nobody reads must not keep what feeds it.
    this.stdout?.resume();
    this.stderr?.resume();
  }
}

function ended(): Readable {
  const stream = new PassThrough();
  stream.end();
  return stream;
}

/** Its end closes the sending half of the connection only. */
function halfClosing(stream: Duplex): Writable {
  const input = new PassThrough();
  pipeline(input, stream, { end: true }).catch(() => input.destroy());
  return input;
}
