import { spawn } from 'node:child_process';
import { CaissonError } from '@caisson/core';

const MAX_OUTPUT = 1024 * 1024;

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end with `input` on its standard input, and of one that goes on in the background without its output. A failing program is a result; one that cannot be started throws. */
export function command(program: string, args: readonly string[], options: { input?: string; cwd?: string; env?: NodeJS.ProcessEnv; output?: 'ignore' } = {}): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: [options.input === undefined ? 'ignore' : 'pipe', options.output ?? 'pipe', options.output ?? 'pipe'], ...(options.cwd === undefined ? {} : { cwd: options.cwd }), ...(options.env ? { env: options.env } : {}) });
    const output = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name]?.setEncoding('utf8').on('data', (text: string) => {
        if (output[name].length < MAX_OUTPUT) output[name] += text;
      });
    }
    child.on('error', (cause) => reject(new CaissonError('runtime-failed', `cannot run ${program}: ${cause.message}`, { cause })));
    child.on('close', (code, signal) => resolve({ code: code ?? 128 + (signal ? 9 : 0), ...output }));
    if (options.input !== undefined) {
      child.stdin?.on('error', () => {}); // it has ended early; its exit code says why
      child.stdin?.end(options.input);
    }
  });
}
