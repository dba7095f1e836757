import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { CaissonError } from '@caisson/core';
import type { Endpoint } from './endpoint.js';

type SshEndpoint = Extract<Endpoint, { kind: 'ssh' }>;

/** What runs on the other side: whichever of the two is there joins its engine's socket to its own input and output. */
function remoteCommand({ path }: SshEndpoint): string {
  const host = path === undefined ? '' : ` --host ${quote(`unix://${path}`)}`;
  return `sh -c ${quote(`if command -v docker >/dev/null 2>&1; then exec docker${host} system dial-stdio; else exec caisson${host} system dial-stdio; fi`)}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

export function sshArguments(endpoint: SshEndpoint): string[] {
  return ['-o', 'ConnectTimeout=30', '-T', ...(endpoint.user === undefined ? [] : ['-l', endpoint.user]), ...(endpoint.port === undefined ? [] : ['-p', String(endpoint.port)]), '--', endpoint.host, remoteCommand(endpoint)];
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
    const child = spawn('ssh', sshArguments(endpoint), { stdio: 'pipe', windowsHide: true });
    this.#child = child;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (this.#said = (this.#said + text).slice(-2000)));
    child.stdout.on('data', (data: Buffer) => {
      if (!this.push(data)) child.stdout.pause();
    });
    child.stdout.on('end', () => this.push(null));
    child.stdin.on('error', () => {}); // told by the exit
    child.on('error', (cause: NodeJS.ErrnoException) => this.destroy(notStarted(cause)));
    child.on('close', (code) => this.#ended(code, endpoint));
  }

  override _read(): void {
    this.#child.stdout.resume();
  }

  override _write(data: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#child.stdin.write(data, done);
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

  #ended(code: number | null, { host, user }: SshEndpoint): void {
    if (code === 0 || this.destroyed) return;
    const why = this.#said.trim().split('\n').at(-1);
    this.destroy(new CaissonError('unavailable', `ssh to ${host} ended with ${code}${why ? `: ${why}` : ''}`, { hint: `try: ssh ${user === undefined ? '' : `${user}@`}${host} docker version` }));
  }
}

export function connectSsh(endpoint: SshEndpoint): Duplex {
  return new SshConnection(endpoint);
}

function notStarted(cause: NodeJS.ErrnoException): CaissonError {
  if (cause.code === 'ENOENT') return new CaissonError('missing-dependency', 'ssh is not installed here', { cause, hint: 'ssh:// hosts are reached through the ssh program' });
  return new CaissonError('unavailable', `ssh cannot be started: ${cause.message}`, { cause });
}
