import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { CaissonError } from '@caisson/core';
import { lastMessage, ociError } from '../oci/runtime.js';

export interface MonitorOptions {
  readonly conmon: string;
  /** Names the exit file. */
  readonly id: string;
  /** OCI bundle; here the sockets and fifos are made and the exit file is written. */
  readonly folder: string;
  /** The OCI runtime's command line before its command, which conmon appends. */
  readonly runtime: readonly [string, ...string[]];
  readonly terminal: boolean;
  readonly stdin: boolean;
  /** Keep standard input open when an attached client goes away. */
  readonly leaveStdinOpen: boolean;
  readonly logPath: string | undefined;
  readonly journalTag: string | undefined;
  readonly exitCommand: readonly string[];
  readonly systemdCgroup?: boolean;
  /** Runs a further process in the container, as this file says, instead of creating it. */
  readonly execSpec?: string;
  /** Descriptors that it is to keep open as long as it lives. */
  readonly held?: readonly number[];
  /** For such a process: called before it begins, when the monitor takes clients. */
  readonly attach?: () => void;
}

const MAX_ANSWER = 64 * 1024;

/**
 * Starts a monitor (conmon), which creates the container, holds its streams from then on, and outlives this process. Resolves with the
 * process ID of the container's first process once it is created; `spawned` is called when the monitor is at work, which is the time to
 * do what takes this process a while. @throws CaissonError `runtime-failed` in the OCI runtime's words.
 */
export async function startMonitor(options: MonitorOptions, spawned: () => void): Promise<number> {
  const { folder, id } = options;
  const [program, ...runtimeArgs] = options.runtime;
  const [exitProgram, ...exitArgs] = options.exitCommand;
  const args = [
    `--api-version=1`,
    `--cid=${id}`,
    `--cuuid=${id}`,
    `--name=${id}`,
    `--runtime=${program}`,
    `--bundle=${folder}`,
    '--full-attach',
    `--container-pidfile=${folder}/pid`,
    `--conmon-pidfile=${folder}/monitor.pid`,
    `--exit-dir=${folder}`,
    '--log-level=error',
    `--log-path=${options.journalTag === undefined ? (options.logPath === undefined ? 'none' : `k8s-file:${options.logPath}`) : 'journald:'}`,
    ...(options.journalTag === undefined ? [] : [`--log-tag=${options.journalTag}`]),
    ...(options.logPath === undefined ? [] : ['--no-sync-log']),
    ...(options.terminal ? ['-t'] : []),
    ...(options.stdin ? ['-i'] : []),
    ...(options.leaveStdinOpen ? ['--leave-stdin-open'] : []),
    ...(options.systemdCgroup ? ['-s'] : []),
    ...(options.execSpec === undefined ? [] : ['-e', `--exec-process-spec=${options.execSpec}`]),
    ...(options.attach ? ['--exec-attach'] : []),
    ...runtimeArgs.map((argument) => `--runtime-arg=${argument}`),
    ...(exitProgram === undefined ? [] : [`--exit-command=${exitProgram}`, ...exitArgs.map((argument) => `--exit-command-arg=${argument}`)]),
  ];
  const { attach } = options;
  const child = spawn(options.conmon, args, {
    cwd: folder,
    env: { ...process.env, _OCI_SYNCPIPE: '3', ...(attach ? { _OCI_STARTPIPE: '4', _OCI_ATTACHPIPE: '5' } : {}) },
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', ...(attach ? (['pipe', 'pipe'] as const) : []), ...(options.held ?? [])],
    detached: true,
  });
  const [, , stderr, sync, startPipe, attachPipe] = child.stdio as unknown as (Socket | null | undefined)[];
  if (!stderr || !sync) throw new CaissonError('internal', 'no pipes to the monitor');
  const answer = collect(sync, '\n');
  const words = collect(stderr);
  const failed = once(child, 'error').then(([cause]: unknown[]) => {
    throw new CaissonError('runtime-failed', `cannot run ${options.conmon}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  });
  spawned();
  if (attach && startPipe && attachPipe) {
    // It waits for one byte before it begins, and for another when it takes clients.
    startPipe.write('\0');
    await Promise.race([collect(attachPipe, '\n'), failed]);
    attach();
    startPipe.end('\0');
  }
  const text = await Promise.race([answer, failed]);
  for (const stream of [sync, startPipe, attachPipe]) stream?.destroy();
  const pid = parseAnswer(text);
  if (typeof pid === 'number' && pid > 0) {
    stderr.destroy();
    return pid;
  }
  throw typeof pid === 'string' ? ociError(options.runtime[0], pid, options.execSpec === undefined ? 'create' : 'exec') : new CaissonError('runtime-failed', lastMessage(await words) || 'the monitor ended before the container was created');
}

/** `{"data": PID}`, or `{"data": -1, "message": "…"}`; undefined for anything else. */
function parseAnswer(text: string): number | string | undefined {
  try {
    const { data, message } = JSON.parse(text) as { data?: unknown; message?: unknown };
    if (typeof message === 'string' && message !== '') return message;
    return typeof data === 'number' ? data : undefined;
  } catch {
    return undefined;
  }
}

/** All that comes, up to `end` or the end. */
function collect(stream: NodeJS.ReadableStream, end?: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    stream.setEncoding('utf8');
    stream.on('data', (part: string) => {
      if (text.length < MAX_ANSWER) text += part;
      if (end !== undefined && text.includes(end)) resolve(text.slice(0, text.indexOf(end)));
    });
    stream.on('end', () => resolve(text));
    stream.on('error', () => resolve(text));
    stream.on('close', () => resolve(text));
  });
}
