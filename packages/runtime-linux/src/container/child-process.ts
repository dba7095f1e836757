import { spawn, type ChildProcess as NodeChild } from 'node:child_process';
import { fstatSync, statSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { CaissonError, type ExecOptions, type ExitStatus, type Process } from '@caisson/core';
import { ociError, type OciRuntime } from '../oci/runtime.js';
import { type ContainerFolder, identify, readIfThere } from './folder.js';
import { signalNumber } from './signals.js';
import { constants } from 'node:os';

/** A process that runs under an OCI runtime which is our child: the runtime passes streams and exit code on. */
export class ChildProcess implements Process {
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  readonly stderr: Readable | null;
  readonly #child: NodeChild;
  readonly #folder: ContainerFolder;
  readonly #exit: Promise<ExitStatus>;

  private constructor(child: NodeChild, folder: ContainerFolder, exit: Promise<ExitStatus>, own: readonly boolean[]) {
    this.#child = child;
    this.#folder = folder;
    this.#exit = exit;
    this.stdin = own[0] ? child.stdin : null;
    this.stdout = own[1] ? child.stdout : null;
    this.stderr = own[2] ? child.stderr : null;
  }

  /** `before` comes in front of the runtime's own command line; `cleanUp` runs when all is over, and `folder` is then removed. */
  static spawn(oci: OciRuntime, args: readonly string[], folder: ContainerFolder, options: ExecOptions, more: { stdin: boolean; before?: readonly string[]; cleanUp?: () => Promise<void> }): ChildProcess {
    // The runtime's own errors go to a file: only the program's output is on its streams.
    const logged = ['--log', folder.file('log'), ...args];
    const [first = '', ...line] = more.before ? [...more.before, ...oci.bareCommandLine(...logged)] : oci.commandLine(...logged);
    const wanted = [0, 1, 2].map((fd) => (options.stdio === 'none' || (fd === 0 && !more.stdin) || (options.stdio === 'inherit' && isNullDevice(fd)) ? 'nothing' : options.stdio));
    // Nothing is an empty pipe: crun gives its streams to the container's user, and with them the host's /dev/null.
    const child = spawn(first, line, { stdio: wanted.map((stream) => (stream === 'nothing' ? 'pipe' : stream)) });
    child.stdin?.on('error', () => {}); // a process that does not read, or has ended
    if (wanted[0] === 'nothing') child.stdin?.end();
    if (wanted[1] === 'nothing') child.stdout?.resume();
    if (wanted[2] === 'nothing') child.stderr?.resume();
    const exit = ended(child, first, oci, folder, args[0] ?? 'run', more.cleanUp);
    exit.catch(() => {});
    const process = new ChildProcess(child, folder, exit, wanted.map((stream) => stream === 'pipe'));
    const abort = () => void process.kill('KILL');
    options.signal?.addEventListener('abort', abort, { once: true });
    child.once('exit', () => options.signal?.removeEventListener('abort', abort));
    if (options.signal?.aborted) abort();
    return process;
  }

  get pid(): number | undefined {
    return Number(readIfThere(this.#folder.file('pid'))) || undefined;
  }

  /** With a terminal the runtime itself follows the size of ours. */
  async resize(): Promise<void> {}

  async kill(signal: string | number): Promise<void> {
    const { pid } = this;
    const number = signalNumber(signal);
    if (pid !== undefined && identify(pid)) process.kill(pid, number);
    else if (this.#child.exitCode === null && this.#child.signalCode === null) this.#child.kill(number);
  }

  wait(): Promise<ExitStatus> {
    return this.#exit;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of [this.stdin, this.stdout, this.stderr]) stream?.destroy();
  }
}

function isNullDevice(fd: number): boolean {
  try {
    const stat = fstatSync(fd);
    return stat.isCharacterDevice() && stat.rdev === statSync('/dev/null').rdev;
  } catch {
    return false; // closed
  }
}

async function ended(child: NodeChild, program: string, oci: OciRuntime, folder: ContainerFolder, doing: string, cleanUp: (() => Promise<void>) | undefined): Promise<ExitStatus> {
  try {
    return await new Promise<ExitStatus>((resolve, reject) => {
      child.on('error', (cause) => reject(new CaissonError('runtime-failed', `cannot run ${program}: ${cause.message}`, { cause })));
      child.on('exit', (code, signal) => {
        // Without a process ID it has not come to run: the code is then the runtime's, not the program's.
        const started = readIfThere(folder.file('pid')) !== undefined;
        const failure = started ? undefined : ociError(oci.path, readIfThere(folder.file('log')) ?? '', doing);
        const failed = typeof failure?.details?.exitCode === 'number' ? failure.details.exitCode : undefined;
        resolve({ code: failed ?? code ?? 128 + (signal ? constants.signals[signal] : 0), at: new Date(), oomKilled: false });
      });
    });
  } finally {
    await cleanUp?.();
    folder.remove();
  }
}
