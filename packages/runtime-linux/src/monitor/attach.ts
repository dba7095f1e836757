import { closeSync, constants, openSync, readSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { Socket } from 'node:net';
import { Readable, Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaissonError, isCaissonError, systemCode } from '@caisson/core';
import { streamOf } from '../fd-stream.js';
import { loadSyscalls, O_PATH } from '../syscalls.js';

const STDOUT = 2;
const STDERR = 3;
/** conmon takes at most this much of a packet in its older versions, and cuts off the rest. */
const MAX_PACKET = 8192;

/** One client's connection to a monitor. */
export interface Attachment {
  readonly stdin: Writable | null;
  readonly stdout: Readable;
  /** Null with a terminal, which has but one output. */
  readonly stderr: Readable | null;
  /** The container's output is complete: ends the streams after what is still on its way. */
  finish(): void;
  /** Breaks the connection. */
  close(): void;
}

/**
 * Connects to a monitor's socket. A packet of output is one byte that names the stream, and the data; a packet of input is data alone.
 * When a reader is slow, the socket fills up and the monitor, and at last the container, wait: both streams are to be read.
 * @throws CaissonError `not-found`; `unavailable` while others stand before the monitor's door
 */
export function attachTo(socketPath: string, options: { stdin: boolean; terminal: boolean }): Attachment {
  const { socket, fd, spare } = connect(socketPath);
  const resume = () => {
    socket.resume();
  };
  const stdout = new Readable({ read: resume });
  const stderr = options.terminal ? null : new Readable({ read: resume });
  const deliver = (packet: Buffer) => {
    const target = packet[0] === STDERR ? stderr : packet[0] === STDOUT ? stdout : null;
    if (target && !target.push(packet.subarray(1))) socket.pause();
  };
  socket.on('data', deliver);
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    stdout.push(null);
    stderr?.push(null);
  };
  socket.once('end', end);
  socket.once('close', end);
  // A monitor that ended with input unread resets the connection, which is told before the output that still lies in it.
  socket.on('error', () => {
    for (const packet of packetsLeft(spare)) deliver(packet);
    socket.destroy();
  });
  socket.once('close', () => closeSync(spare));
  return {
    stdin: options.stdin ? inputOf(socket) : null,
    stdout,
    stderr,
    finish() {
      if (ended || socket.destroyed) return;
      loadSyscalls().shutdownRead(fd);
      socket.once('end', () => socket.destroy());
    },
    close() {
      socket.destroy();
    },
  };
}

/** Milliseconds that a monitor has to take a client that stands in line. */
const PATIENCE = 30_000;

/**
 * Attaches in turn: a monitor has room for ten that it has not taken yet, and takes them one by one. The kernel does not tell when there is
 * room again. @throws what `attach` throws
 */
export async function inTurn<T>(attach: () => T): Promise<T> {
  const end = Date.now() + PATIENCE;
  for (let wait = 1; ; wait = Math.min(wait * 2, 100)) {
    try {
      return attach();
    } catch (error) {
      if (!isCaissonError(error, 'unavailable') || Date.now() > end) throw error;
    }
    await sleep(wait);
  }
}

/** A second descriptor of the same socket reads on after the first has been closed for an error. */
function* packetsLeft(fd: number): Generator<Buffer, void> {
  for (;;) {
    const buffer = Buffer.allocUnsafe(64 * 1024);
    let size: number;
    try {
      size = readSync(fd, buffer);
    } catch {
      return; // empty, or broken for good
    }
    if (size === 0) return;
    yield buffer.subarray(0, size);
  }
}

function connect(socketPath: string): { socket: Socket; fd: number; spare: number } {
  const syscalls = loadSyscalls();
  let folder: number | undefined;
  try {
    // A unix socket's path has at most 107 bytes; the folder's descriptor stands for the rest.
    folder = openSync(dirname(socketPath), O_PATH | constants.O_DIRECTORY);
    const spare = syscalls.connectSeqpacket(`/proc/self/fd/${folder}/${basename(socketPath)}`);
    return { ...streamOf(syscalls, spare, { keep: true }), spare };
  } catch (cause) {
    if (systemCode(cause) === 'EAGAIN') throw new CaissonError('unavailable', 'the monitor takes no client: too many want to attach to it at once', { cause });
    throw new CaissonError('not-found', 'there is no monitor to attach to', { cause });
  } finally {
    if (folder !== undefined) closeSync(folder);
  }
}

/** Input in packets that the monitor takes whole; `end` half-closes. Input that nobody takes any more is dropped, as a pipe to a dead program is. */
function inputOf(socket: Socket): Writable {
  return new Writable({
    write(data: Buffer, _, done) {
      const send = (from: number) => {
        if (from >= data.length || socket.destroyed) done();
        else socket.write(data.subarray(from, from + MAX_PACKET), () => send(from + MAX_PACKET));
      };
      send(0);
    },
    final(done) {
      if (socket.destroyed) done();
      else socket.end(() => done());
    },
  });
}
