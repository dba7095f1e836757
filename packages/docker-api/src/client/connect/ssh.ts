import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaissonError } from '@caisson/core';
import type { Endpoint } from './endpoint.js';

type SshEndpoint = Extract<Endpoint, { kind: 'ssh' }>;

/**
 * What runs on the other side, and joins its engine's socket to its own input and output: docker where it is installed, but where caisson is there
 * too and docker finds no daemon, caisson, which needs none.
 */
function remoteCommand({ path }: SshEndpoint): string {
  const host = path === undefined ? '' : ` --host ${quote(`unix://${path}`)}`;
  const there = (program: string) => `command -v ${program} >/dev/null 2>&1`;
  const join = (program: string) => `exec ${program}${host} system dial-stdio; fi`;
  const docker = `if ${there('docker')} && { ! ${there('caisson')} || docker${host} version >/dev/null 2>&1 </dev/null; }; then ${join('docker')}`;
  return `sh -c ${quote([docker, `if ${there('caisson')}; then ${join('caisson')}`, `echo ${quote(nothingThere)} >&2`, 'exit 127'].join('; '))}`;
}

const nothingThere = 'neither docker nor caisson is on the PATH there';

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function sshArguments(endpoint: SshEndpoint): string[] {
  return ['-o', 'ConnectTimeout=30', '-T', ...(endpoint.user === undefined ? [] : ['-l', endpoint.user]), ...(endpoint.port === undefined ? [] : ['-p', String(endpoint.port)]), '--', endpoint.host, remoteCommand(endpoint)];
}

/** Milliseconds that what ssh said last may come after its end. */
const stragglerTime = 1000;

/** What the shell below ends with, which ssh itself does not. */
const notInstalled = 254;

/**
 * Starts ssh so that ctrl-c in our terminal, which reaches all that was started there, does not end it: the signal is for us to act on, through
 * the connection. ssh keeps to it where it is started with the signal ignored, and still has the terminal to ask for passwords.
 */
function start(endpoint: SshEndpoint): ChildProcessWithoutNullStreams {
  const args = sshArguments(endpoint);
  if (process.platform === 'win32') return spawn('ssh', args, { stdio: 'pipe', windowsHide: true });
  return spawn('/bin/sh', ['-c', `trap '' INT QUIT; command -v ssh >/dev/null || exit ${notInstalled}; exec ssh "$@"`, 'sh', ...args], { stdio: 'pipe' });
}

/**
 * A connection through ssh(1), which has the user's keys, agent and configuration. Its end ends ssh. It has what node:http asks of a socket
 * beside streams: while no request uses it, it does not keep the process alive.
 */
class SshConnection extends Duplex {
  readonly #child: ChildProcessWithoutNullStreams;
  #said = '';

  constructor(endpoint: SshEndpoint) {
    super({ allowHalfOpen: true });
    const child = start(endpoint);
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said = (this.#said + text).slice(-2000)));
    child.stdout.on('data', (data: Buffer) => {
      if (!this.push(data)) child.stdout.pause();
    });
    child.stdin.on('error', () => {}); // told by the exit
    child.on('error', (cause: NodeJS.ErrnoException) => this.destroy(notStarted(cause)));
    // The end of the output alone does not tell whether it is a failure: that is known when ssh has ended.
    const exited = once(child, 'exit').then(([code]) => code as number | null);
    const [outputEnd, errorEnd] = [child.stdout, child.stderr].map((stream) => new Promise((resolve) => stream.once('close', resolve)));
    Promise.all([exited, outputEnd]).then(
      async ([code]) => {
        // A connection that ssh keeps for later ones (ControlPersist) holds its standard error open for as long.
        if (code !== 0) await Promise.race([errorEnd, sleep(stragglerTime, undefined, { ref: false })]);
        this.#ended(code, endpoint);
      },
      () => {}, // told by 'error'
    );
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    // Where ssh takes no more it has ended, and how it did is what to tell.
    this.#child.stdin.write(data, () => done());
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#child.stdin.end(() => done());
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#child.kill();
    done(error);
  }

  ref(): this {
    for (const part of this.#parts()) part.ref?.();
    return this;
  }

  unref(): this {
    for (const part of this.#parts()) part.unref?.();
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  setNoDelay(): this {
    return this;
  }

  setTimeout(): this {
    return this;
  }

  #parts(): readonly { ref?: () => unknown; unref?: () => unknown }[] {
    const { stdin, stdout, stderr } = this.#child;
    return [this.#child, stdin as Partial<Socket>, stdout as Partial<Socket>, stderr as Partial<Socket>];
  }

  #ended(code: number | null, endpoint: SshEndpoint): void {
    if (this.destroyed) return;
    if (code === 0) this.push(null);
    else this.destroy(code === notInstalled && this.#said === '' ? missing() : failure(code, this.#said, endpoint));
  }
}

/** One line of what ssh said: the last, which tells what came of it. */
function failure(code: number | null, said: string, { host, user, port }: SshEndpoint): CaissonError {
  const why = said.trim().split('\n').at(-1)?.trim().replace(/^ssh: /, '').replace(/\.$/, '');
  const target = `${port === undefined ? '' : `-p ${port} `}${user === undefined ? '' : `${user}@`}${host}`;
  const hint = why === nothingThere ? `install one of them where commands that ssh runs find it: ssh ${target} 'echo $PATH'` : `try: ssh ${target} docker version`;
  return new CaissonError('unavailable', `ssh to ${host}${why ? `: ${why}` : code === null ? ' was ended by a signal' : ` ended with ${code}`}`, { hint });
}

export function connectSsh(endpoint: SshEndpoint): Duplex {
  return new SshConnection(endpoint);
}

function notStarted(cause: NodeJS.ErrnoException): CaissonError {
  if (cause.code === 'ENOENT') return missing(cause);
  return new CaissonError('unavailable', `ssh cannot be started: ${cause.message}`, { cause });
}

function missing(cause?: Error): CaissonError {
  return new CaissonError('missing-dependency', 'ssh is not installed here', { ...(cause ? { cause } : {}), hint: 'ssh:// hosts are reached through the ssh program' });
}
