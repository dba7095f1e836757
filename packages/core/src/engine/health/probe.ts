import { isCaissonError } from '../../errors.js';
import type { Healthcheck } from '../../model/image-config.js';
import type { Runtime } from '../../runtime/runtime.js';
import type { ContainerRecord, HealthProbe } from '../containers/record.js';
import { healthTime } from './health-state.js';

const MOST_OUTPUT = 4096;
/** A process that the command has left behind may hold its output open. */
const AFTER_EXIT_MS = 200;

/** Runs the check once, as the container's own process runs. Undefined where the container has ended, or the signal came. */
export async function probe(runtime: Runtime, container: ContainerRecord, check: Healthcheck, signal: AbortSignal): Promise<HealthProbe | undefined> {
  const args = probeCommand(check.Test ?? [], container.shell);
  const start = new Date().toISOString();
  const outcome = (exitCode: number, output: string): HealthProbe => ({ start, end: new Date().toISOString(), exitCode, output });
  const timeout = healthTime(check, 'Timeout');
  const late = AbortSignal.timeout(timeout);
  try {
    await using process = await runtime.exec(container.id, { ...container.process, args, terminal: false, stdin: false }, { stdio: 'pipe', signal: AbortSignal.any([signal, late]) });
    const output = new Output();
    const complete = Promise.all([process.stdout, process.stderr].map(async (stream) => stream && output.take(stream)));
    const { code } = await process.wait();
    if (signal.aborted) return undefined;
    if (late.aborted) return outcome(-1, `Health check exceeded timeout (${timeout / 1000}s)${output.text === '' ? '' : `: ${output.text}`}`);
    await Promise.race([complete, new Promise((resolve) => setTimeout(resolve, AFTER_EXIT_MS).unref())]);
    const missing = output.text === '' && (code === 126 || code === 127);
    return outcome(code, missing ? `${args[0]} cannot be run in the container` : output.text);
  } catch (error) {
    if (signal.aborted || isCaissonError(error, 'not-found', 'in-use')) return undefined;
    return outcome(-1, error instanceof Error ? error.message : String(error));
  }
}

/** `CMD` and its arguments, or `CMD-SHELL` and a line for the shell. */
export function probeCommand([kind, ...rest]: readonly string[], shell: readonly string[] = ['/bin/sh', '-c']): string[] {
  return kind === 'CMD-SHELL' ? [...shell, ...rest] : rest;
}

class Output {
  text = '';

  take(stream: NodeJS.ReadableStream): Promise<void> {
    stream.setEncoding('utf8');
    stream.on('data', (part: string) => (this.text = (this.text + part).slice(0, MOST_OUTPUT)));
    return new Promise((resolve) => stream.once('close', resolve).once('end', resolve).once('error', () => resolve()));
  }
}
