import type { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import { DetachKeys, type Process } from '@caisson/core';
import { Patience } from './patience.js';

export interface JoinOptions {
  readonly terminal: boolean;
  readonly stdin: boolean;
  readonly detachKeys: string;
  /** Which output to show; absent: both. */
  readonly show?: { readonly stdout: boolean; readonly stderr: boolean };
  /** Absent: signals are not passed on. */
  readonly kill: ((signal: string) => Promise<void>) | undefined;
}

/**
 * Joins this process's own streams with a container's, until the container's output ends or the user types the keys that detach. With a
 * terminal, ours is raw meanwhile and follows its size; it is given back as it was whatever happens.
 */
export async function joinStreams(client: Process, { terminal, stdin, detachKeys, kill, show }: JoinOptions): Promise<'ended' | 'detached'> {
  const raw = terminal && stdin && process.stdin.isTTY;
  const undo: (() => void)[] = [];
  try {
    if (raw) {
      process.stdin.setRawMode(true);
      undo.push(() => process.stdin.setRawMode(false));
    }
    if (terminal && process.stdout.isTTY) {
      const resize = () => void client.resize({ columns: process.stdout.columns, rows: process.stdout.rows }).catch(() => {}); // it has just ended
      resize();
      process.stdout.on('resize', resize);
      undo.push(() => process.stdout.off('resize', resize));
    }
    if (kill && !raw) undo.push(passSignals(kill));
    const detached = stdin ? sendInput(client, raw ? detachKeys : '', undo) : new Promise<never>(() => {});
    const output = Promise.all([
      client.stdout && (show?.stdout === false ? drained(client.stdout) : pipeline(client.stdout, process.stdout, { end: false })),
      client.stderr && (show?.stderr === false ? drained(client.stderr) : pipeline(client.stderr, process.stderr, { end: false })),
    ]);
    return await Promise.race([output.then(() => 'ended' as const), detached]);
  } finally {
    for (const step of undo.reverse()) step();
  }
}

/** Output that nobody wants is read all the same, or the container would wait for a reader. */
function drained(stream: Readable): Promise<void> {
  stream.resume();
  return finished(stream, { writable: false });
}

const passed = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGCONT'] as const;

function passSignals(kill: (signal: string) => Promise<void>): () => void {
  // The command's own handling of an interrupt would end us before the container.
  const before = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => [name, process.listeners(name)] as const);
  for (const [name] of before) process.removeAllListeners(name);
  const patience = new Patience();
  const handlers = passed.filter((name) => name !== 'SIGWINCH' && name !== 'SIGCONT').map((name) => {
    const handler = () => {
      if (patience.isOver(name)) process.exit(1);
      void kill(name).catch(() => {}); // it has just ended
    };
    process.on(name, handler);
    return [name, handler] as const;
  });
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
    for (const [name, listeners] of before) for (const listener of listeners) process.on(name, listener as NodeJS.SignalsListener);
  };
}

/** Resolves with `detached` when the keys have been typed; never otherwise. The end of our input half-closes the container's. */
function sendInput(client: Process, keys: string, undo: (() => void)[]): Promise<'detached'> {
  return new Promise((resolve) => {
    const { stdin } = client;
    if (!stdin) return;
    const detach = new DetachKeys(keys);
    stdin.on('error', () => {}); // the container has closed its input
    const onData = (data: Buffer) => {
      const { forward, detached } = detach.filter(data);
      if (forward.length > 0 && !stdin.write(forward)) {
        process.stdin.pause();
        stdin.once('drain', () => process.stdin.resume());
      }
      if (detached) resolve('detached');
    };
    const onEnd = () => stdin.end();
    process.stdin.on('data', onData).on('end', onEnd);
    undo.push(() => {
      process.stdin.off('data', onData).off('end', onEnd).pause();
      // A terminal or pipe that is still open would keep this process from ending.
      process.stdin.unref?.();
    });
  });
}
