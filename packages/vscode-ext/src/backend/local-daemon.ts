import { spawn, type ChildProcess } from 'node:child_process';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CaissonError } from '@caisson/core';

export interface DaemonCommand {
  readonly node: string;
  readonly env: Readonly<Record<string, string>>;
  readonly script: string;
  /** Of the local engine; absent: its own default. */
  readonly dataRoot?: string;
}

/** Seconds without a client after which the engine ends by itself: one that an editor left behind when it was killed. */
const idleSeconds = 60;
const startSeconds = 20;
/** What is kept of its error output, in characters. */
const keptOutput = 4000;

/**
 * Caisson's local engine as a child process, on a socket in a folder that only this user can enter. Containers outlive it. Ends with
 * `dispose`, or by itself when nobody has asked it anything for a while.
 */
export class LocalDaemon implements AsyncDisposable {
  readonly host: string;
  readonly #child: ChildProcess;
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<string>;
  #stopping = false;

  private constructor(folder: string, host: string, child: ChildProcess) {
    this.host = host;
    this.#child = child;
    let output = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (output = (output + text).slice(-keptOutput)));
    this.ended = new Promise((resolve) => {
      child.once('error', (error) => resolve(error.message));
      child.once('close', (code, signal) => resolve(lastLine(output) || `it ended with ${signal ?? code}`));
    });
    void this.ended.then(() => rm(folder, { recursive: true, force: true }));
  }

  /** @throws CaissonError `unavailable` with what it said when it does not come up; `cancelled` */
  static async start({ node, env, script, dataRoot }: DaemonCommand, signal?: AbortSignal): Promise<LocalDaemon> {
    const folder = await mkdtemp(join(process.env['XDG_RUNTIME_DIR'] ?? tmpdir(), 'caisson-vscode-'));
    await chmod(folder, 0o700);
    const socket = join(folder, 'engine.sock');
    const root = dataRoot === undefined ? [] : ['--data-root', dataRoot];
    const child = spawn(node, [script, ...root, 'daemon', '--host', `unix://${socket}`, '--exit-when-idle', String(idleSeconds)], { env: cleanEnvironment(env), stdio: ['ignore', 'ignore', 'pipe'] });
    const daemon = new LocalDaemon(folder, `unix://${socket}`, child);
    try {
      await daemon.#ready(socket, signal);
      return daemon;
    } catch (error) {
      await daemon[Symbol.asyncDispose]();
      throw error;
    }
  }

  get running(): boolean {
    return !this.#stopping && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopping = true;
    if (this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined) return;
    this.#child.kill('SIGTERM');
    const force = setTimeout(() => this.#child.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(force);
  }

  async #ready(socket: string, signal: AbortSignal | undefined): Promise<void> {
    let reason: string | undefined;
    void this.ended.then((why) => (reason = why));
    const until = Date.now() + startSeconds * 1000;
    while (!(await answers(socket))) {
      if (signal?.aborted) throw new CaissonError('cancelled', 'cancelled');
      if (reason !== undefined) throw new CaissonError('unavailable', `the local engine did not start: ${reason}`);
      if (Date.now() > until) throw new CaissonError('unavailable', `the local engine did not answer within ${startSeconds} seconds`);
      await sleep(25);
    }
  }
}

/** Without what an editor sets for its own children. */
function cleanEnvironment(extra: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !/^(?:VSCODE_|ELECTRON_|NODE_OPTIONS$|DOCKER_HOST$|DOCKER_CONTEXT$)/.test(name));
  return { ...Object.fromEntries(own), ...extra };
}

function answers(socket: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = connect(socket);
    const end = (answer: boolean) => {
      connection.destroy();
      resolve(answer);
    };
    connection.once('connect', () => end(true));
    connection.once('error', () => end(false));
  });
}

/** What it says last; of a stack trace what was thrown. */
function lastLine(text: string): string {
  const lines = text.trim().split('\n');
  const thrown = lines.find((line) => /^(?:\w*Error\b.*|caisson): /.test(line));
  return (thrown ?? lines.at(-1) ?? '').trim().replace(/^caisson: /, '');
}
