import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import { CaissonError, isCaissonError, selfIdentity, type ExecOptions, type Process, type ProcessSpec, type TerminalSize } from '@caisson/core';
import { startMonitor } from '../monitor/conmon.js';
import { execExitHook } from '../monitor/exit-hook.js';
import type { OciRuntime } from '../oci/runtime.js';
import type { OciProcess, OciSpec } from '../spec/oci.js';
import { capabilitySets, allCapabilities } from '../spec/capabilities.js';
import type { ResolvedUser } from '../spec/passwd.js';
import { userOfRunning } from '../spec/user.js';
import { loadSyscalls } from '../syscalls.js';
import { AttachedProcess } from './attached-process.js';
import { ChildProcess } from './child-process.js';
import { DetachedProcess } from './detached-process.js';
import { ContainerFolder, type ContainerRecord, identify, readIfThere } from './folder.js';
import { signalNumber } from './signals.js';
import { ociJson } from '../spec/oci-json.js';

const KEPT_MS = 60_000;

export interface ExecContext {
  readonly oci: OciRuntime;
  readonly conmon: () => string;
  readonly heldCapabilities: bigint;
}

/**
 * Runs a further process in a running container. One whose streams are the caller's, or pipes, is a child of the OCI runtime that is a
 * child of ours. One with a terminal at the far end of a pipe, or without streams, gets a monitor of its own, which can resize the
 * terminal and outlives us.
 */
export async function execIn(container: ContainerFolder, record: ContainerRecord, asked: ProcessSpec, options: ExecOptions, context: ExecContext): Promise<Process> {
  const process = asked.terminal && options.stdio === 'inherit' ? { ...ownSize(), ...asked } : asked;
  const name = `exec-${randomBytes(6).toString('hex')}`;
  const folder = new ContainerFolder(container.id, container.file(name));
  mkdirSync(folder.path, { mode: 0o700 });
  try {
    const specFile = folder.file('process.json');
    writeFileSync(specFile, ociJson(processOf(container, record, process, context)), { mode: 0o600 });
    if (options.stdio === 'none') forgetEnded(container);
    if (options.stdio === 'none' || (options.stdio === 'pipe' && process.terminal)) return await monitored(folder, record, process, specFile, options, context);
    return ChildProcess.spawn(context.oci, ['exec', '--process', specFile, '--pid-file', folder.file('pid'), container.id], folder, options, { stdin: process.stdin });
  } catch (error) {
    folder.remove();
    throw error;
  }
}

/** The size of our own terminal: the runtime passes it on as well, but a program that asks at once would not see it yet. */
function ownSize(): { terminalSize?: TerminalSize } {
  const { columns, rows, isTTY } = process.stdout;
  return isTTY ? { terminalSize: { columns, rows } } : {};
}

/** As the container's own process is, in all that the exec does not say otherwise. */
function processOf(container: ContainerFolder, record: ContainerRecord, process: ProcessSpec, { heldCapabilities }: ExecContext): OciProcess {
  const own = (JSON.parse(readIfThere(container.file('config.json')) ?? '{}') as OciSpec).process;
  const same = process.user === record.user.wanted && !process.additionalGroups?.length;
  const user = same ? record.user : userOf(record, process);
  const bounding = process.privileged ? allCapabilities.filter((_, bit) => heldCapabilities & (1n << BigInt(bit))) : (own.capabilities?.bounding ?? []);
  const { consoleSize: _, terminal: __, ...inherited } = own;
  return {
    ...inherited,
    terminal: process.terminal,
    ...(process.terminal && process.terminalSize ? { consoleSize: { height: process.terminalSize.rows, width: process.terminalSize.columns } } : {}),
    user: { uid: user.uid, gid: user.gid, ...(user.additionalGids.length > 0 ? { additionalGids: user.additionalGids } : {}) },
    args: process.args,
    env: process.env,
    cwd: process.cwd === '' ? '/' : process.cwd,
    capabilities: capabilitySets(bounding, user.uid),
  };
}

/** docker's exit code for what cannot be run at all. */
const NOT_RUN = 126;

function userOf(record: ContainerRecord, process: ProcessSpec): ContainerRecord['user'] | ResolvedUser {
  try {
    return userOfRunning(record.pid?.pid ?? 0, process);
  } catch (error) {
    if (!isCaissonError(error)) throw error;
    throw new CaissonError(error.code, error.message, { cause: error, details: { exitCode: NOT_RUN }, ...(error.hint === undefined ? {} : { hint: error.hint }) });
  }
}

async function monitored(folder: ContainerFolder, record: ContainerRecord, process: ProcessSpec, specFile: string, options: ExecOptions, { oci, conmon }: ExecContext): Promise<Process> {
  let attached: AttachedProcess | undefined;
  const kill = async (signal: string | number) => {
    const pid = folder.read()?.pid;
    if (pid && identify(pid.pid)?.started === pid.started) globalThis.process.kill(pid.pid, signalNumber(signal));
  };
  const base: ContainerRecord = { ...record, terminal: process.terminal, stdin: process.stdin, maker: selfIdentity() };
  const { pid: _, monitor: __, ...unborn } = base;
  folder.write(unborn);
  // A short one may have ended before its record is written: the folder goes when both are over.
  const recorded = Promise.withResolvers<void>();
  const pid = await startMonitor(
    {
      conmon: conmon(),
      id: folder.id,
      folder: folder.path,
      runtime: oci.commandLine() as [string, ...string[]],
      terminal: process.terminal,
      stdin: process.stdin,
      leaveStdinOpen: false,
      logPath: undefined,
      journalTag: undefined,
      exitCommand: execExitHook(options.exitCommand, folder.file(folder.id), dirname(folder.path)),
      execSpec: specFile,
      ...(options.stdio === 'none' ? {} : { attach: () => (attached = new AttachedProcess(folder, { stdin: process.stdin, terminal: process.terminal, kill, ended: () => void recorded.promise.then(() => folder.remove()) })) }),
    },
    loadSyscalls,
  );
  const own = identify(pid);
  const monitor = identify(Number(readIfThere(folder.file('monitor.pid'))));
  folder.write({ ...unborn, ...(own ? { pid: own } : {}), ...(monitor ? { monitor } : {}) });
  recorded.resolve();
  return attached ?? new DetachedProcess(folder, kill);
}

/** Removes what is left of detached ones, whose exit somebody may have wanted to know, some time after their end. */
function forgetEnded(container: ContainerFolder): void {
  for (const name of readdirSync(container.path)) {
    if (!name.startsWith('exec-')) continue;
    const folder = new ContainerFolder(container.id, container.file(name));
    const ended = folder.exit()?.at.getTime() ?? Infinity;
    if (Date.now() - ended > KEPT_MS) folder.remove();
  }
}
