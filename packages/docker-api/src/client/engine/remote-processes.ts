import { CaissonError, type AttachOptions, type ExecOptions, type ExecRequest, type ExitStatus, type Process, type TerminalSize } from '@caisson/core';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerInspect, ContainerWaitResponse } from '../../types/container.js';
import type { ExecInspect, IdResponse } from '../../types/exec.js';
import type { Answer } from '../answer.js';
import type { ApiClient, Hijacked } from '../api-client.js';
import { InheritingProcess } from '../streams/inheriting-process.js';
import { jsonLines } from '../streams/json-lines.js';
import { RemoteProcess } from '../streams/remote-process.js';

const containerPath = (nameOrId: string) => `/containers/${encodeURIComponent(nameOrId)}`;

/** How long to look for the end of an exec whose streams have ended, and how often for one without streams. */
const soon = 20;
const often = 200;

/** Attached clients and execs of a remote host, each with a connection of its own. */
export class RemoteProcesses {
  readonly #client: ApiClient;
  readonly #wait: (id: string) => Promise<ExitStatus>;

  constructor(client: ApiClient, wait: (id: string) => Promise<ExitStatus>) {
    this.#client = client;
    this.#wait = wait;
  }

  attach(nameOrId: string, options: AttachOptions): Promise<Process> {
    return this.#attach(nameOrId, options, () => this.#wait(nameOrId));
  }

  /** Attaches, then starts it: no output is missed, and the process's exit is that of this run, however soon it comes. */
  async startAttached(nameOrId: string, { autoRemove, ...options }: AttachOptions & { readonly autoRemove: boolean }): Promise<Process> {
    const path = containerPath(nameOrId);
    // With its head, the answer says that the wait has begun.
    const exit = await this.#client.stream({ method: 'POST', path: `${path}/wait`, query: { condition: autoRemove ? 'removed' : 'next-exit' }, ...(options.signal ? { signal: options.signal } : {}) });
    try {
      const process = await this.#attach(nameOrId, options, async () => exitOf(await readJson(exit)));
      await this.#client.call({ method: 'POST', path: `${path}/start`, ...(options.signal ? { signal: options.signal } : {}) });
      return process;
    } catch (error) {
      exit.destroy();
      throw error;
    }
  }

  async #attach(nameOrId: string, { stdin, signal }: AttachOptions, exit: () => Promise<ExitStatus>): Promise<Process> {
    const path = containerPath(nameOrId);
    const hijacked = await this.#client.hijack({ path: `${path}/attach`, query: { stream: true, stdin, stdout: true, stderr: true }, ...(signal ? { signal } : {}) });
    return new RemoteProcess({
      stream: hijacked.stream,
      stdin,
      terminal: await this.isTerminal(hijacked.contentType, nameOrId),
      resize: (size) => this.resize(path, size),
      kill: async (kill) => void (await this.#client.call({ method: 'POST', path: `${path}/kill`, query: { signal: String(kill) } })),
      exit,
    });
  }

  async resize(path: string, { columns, rows }: TerminalSize): Promise<void> {
    await this.#client.call({ method: 'POST', path: `${path}/resize`, query: { w: columns, h: rows } });
  }

  /** Whether a stream of the container's output is raw: newer servers say so, of others the container tells. */
  async isTerminal(contentType: string | undefined, nameOrId: string): Promise<boolean> {
    if (contentType?.includes('multiplexed')) return false;
    const { Config } = await this.#client.call<ContainerInspect>({ path: `${containerPath(nameOrId)}/json` });
    return Config.Tty ?? false;
  }

  async exec(nameOrId: string, request: ExecRequest, { stdio, signal }: ExecOptions): Promise<Process> {
    const { args, env, cwd, user, terminal = false, stdin = false, privileged, terminalSize } = request;
    const detached = stdio === 'none';
    const call = signal ? { signal } : {};
    const size = terminalSize ? { ConsoleSize: [terminalSize.rows, terminalSize.columns] } : {};
    const { Id } = await this.#client.call<IdResponse>({
      method: 'POST',
      path: `${containerPath(nameOrId)}/exec`,
      body: {
        Cmd: args,
        Tty: terminal,
        AttachStdin: stdin && !detached,
        AttachStdout: !detached,
        AttachStderr: !detached,
        ...(env?.length ? { Env: env } : {}),
        ...(cwd === undefined ? {} : { WorkingDir: cwd }),
        ...(user === undefined ? {} : { User: user }),
        ...(privileged ? { Privileged: true } : {}),
        ...size,
      },
      ...call,
    });
    const body = { Detach: detached, Tty: terminal, ...size };
    let hijacked: Hijacked | undefined;
    if (detached) await this.#client.call({ method: 'POST', path: `/exec/${Id}/start`, body, ...call });
    else hijacked = await this.#client.hijack({ path: `/exec/${Id}/start`, body, headers: { 'Content-Type': 'application/json' }, ...call });
    const process = new RemoteProcess({
      stream: hijacked?.stream,
      stdin,
      terminal,
      resize: (to) => this.resize(`/exec/${Id}`, to),
      kill: async () => {
        throw new CaissonError('unsupported', "docker's API has no signals for the commands of exec", { hint: 'send the signal from within the container: exec CONTAINER kill PID' });
      },
      exit: () => this.#execExit(Id, detached),
    });
    return stdio === 'inherit' ? new InheritingProcess(process, stdin) : process;
  }

  async #execExit(id: string, detached: boolean): Promise<ExitStatus> {
    for (let pause = soon; ; pause = Math.min(often, pause * 2)) {
      const { Running, ExitCode } = await this.#client.call<ExecInspect>({ path: `/exec/${id}/json` });
      if (!Running && ExitCode !== null) return { code: ExitCode, at: new Date(), oomKilled: false };
      await sleep(detached ? often : pause);
    }
  }
}

async function readJson(answer: Answer): Promise<ContainerWaitResponse> {
  for await (const one of jsonLines<ContainerWaitResponse>(answer)) return one;
  throw new CaissonError('unavailable', 'the engine stopped waiting for the container');
}

/** What a wait answers. */
export function exitOf({ StatusCode, Error: failed }: ContainerWaitResponse): ExitStatus {
  if (failed?.Message) throw new CaissonError('internal', failed.Message.split('\n')[0] ?? 'waiting failed');
  return { code: StatusCode, at: new Date(), oomKilled: false };
}
