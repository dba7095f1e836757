import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { CaissonError } from '@caisson/core';
import { ContainerFolder } from '../container/container-folder.js';
import { openVmCompute } from '../hcs/vmcompute.js';
import { ContainerMonitor } from './container-monitor.js';
import { errorRecord } from './messages.js';
import { serve } from './monitor-server.js';

/** How long clients have to read what is left after the exit. */
const patience = 60_000;

/**
 * The whole life of a monitor's process: says on standard output that it is ready, or in JSON why not; owns the container until its exit; and
 * then sees to it that somebody tidies up.
 */
export async function runMonitor(runRoot: string, id: string): Promise<void> {
  const folder = ContainerFolder.of(runRoot, id);
  const record = folder.read();
  if (!record) return report({ error: errorRecord(new CaissonError('not-found', `there is no record of container ${id} in ${join(runRoot, 'containers')}`)) });
  // Whoever started us reads these until we are ready, and no longer.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
  let monitor: ContainerMonitor;
  let server: Awaited<ReturnType<typeof serve>>;
  try {
    monitor = new ContainerMonitor(folder, record, openVmCompute(record.libraries));
    server = await serve(monitor, record);
  } catch (error) {
    return report({ error: errorRecord(error) });
  }
  report({ ready: process.pid });
  await monitor.exit;
  // Answers that wait for the exit are on their way first.
  await new Promise(setImmediate);
  const left = record.supervised ? await server.released : 'abandoned';
  const told = server.close(patience);
  if (left === 'abandoned') runExitCommand(record.prepared.spec.exitCommand);
  await told;
}

function report(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

function runExitCommand(command: readonly string[] | undefined): void {
  const [program, ...args] = command ?? [];
  if (program === undefined) return;
  const child = spawn(program, args, { detached: true, stdio: 'ignore', windowsHide: true });
  child.on('error', () => {}); // the next command that looks at the container tidies up
  child.unref();
}
