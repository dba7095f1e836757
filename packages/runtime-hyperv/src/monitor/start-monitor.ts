import { spawn } from 'node:child_process';
import { CaissonError } from '@caisson/core';
import type { ContainerFolder } from '../container/container-folder.js';
import { toError, type ErrorRecord } from './messages.js';

const readyWithin = 60_000;

/**
 * Starts a monitor, which lives on when this process ends, and waits until it is ready.
 * @throws CaissonError what the monitor says, or `runtime-failed` with what it left on standard error
 */
export async function startMonitor(helper: readonly string[], runRoot: string, folder: ContainerFolder): Promise<number> {
  const [program = process.execPath, ...args] = helper;
  let errors = '';
  const child = spawn(program, [...args, 'monitor', runRoot, folder.id], { detached: true, windowsHide: true, stdio: ['ignore', 'pipe', 'pipe'] });
  // Not a file: one that is open cannot be removed, and the monitor may live longer than its container's folder.
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors = (errors + text).slice(-2000)));
  try {
    const said = await firstLine(child);
    if (said?.ready !== undefined) return said.ready;
    if (said?.error) throw toError(said.error);
    throw new CaissonError('runtime-failed', `the monitor of container ${folder.id} ended before it was ready${tail(errors)}`);
  } catch (error) {
    child.kill();
    throw error;
  } finally {
    child.stdout?.destroy();
    child.stderr?.destroy();
    child.unref();
  }
}

type Said = { readonly ready?: number; readonly error?: ErrorRecord };

function firstLine(child: ReturnType<typeof spawn>): Promise<Said | undefined> {
  return new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new CaissonError('unavailable', `the monitor did not come up within ${readyWithin / 1000} seconds`)), readyWithin);
    const done = (said: Said | undefined) => {
      clearTimeout(timer);
      resolve(said);
    };
    child.once('error', (error) => {
      clearTimeout(timer);
      reject(new CaissonError('runtime-failed', `the monitor cannot be started: ${error.message}`, { cause: error }));
    });
    child.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (!text.includes('\n')) return;
      try {
        done(JSON.parse(text.slice(0, text.indexOf('\n'))) as Said);
      } catch {
        done(undefined);
      }
    });
    child.once('close', () => done(undefined));
  });
}

function tail(errors: string): string {
  const text = errors.trim().slice(-500).replaceAll(/\s+/g, ' ');
  return text === '' ? '' : `: ${text}`;
}
