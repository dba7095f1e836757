import { spawn } from 'node:child_process';
import { random } from './random.js';
import { cliPath, type Sandbox } from './support.js';

/**
 * Commands killed at a random moment of their work. How long a command takes on this machine is learnt from those that came to their end first,
 * so that as many are killed on a quick machine as on a busy one: what a test waits for is a number of kills, never a time.
 */
export class RandomKills {
  readonly next: () => number;
  /** Commands that were killed before their end. */
  count = 0;
  /** Milliseconds that a kind of command is thought to take. */
  readonly #spans = new Map<string, number>();

  constructor(
    readonly box: Sandbox,
    seed: number,
  ) {
    this.next = random(seed);
  }

  /** Runs a command, and kills it on its way; true where that was before its end. What it said is of no interest then. */
  async kill(args: readonly string[], kind = args[0] ?? ''): Promise<boolean> {
    const span = this.#spans.get(kind) ?? 1000;
    const after = span * (0.05 + 0.95 * this.next());
    const started = performance.now();
    const child = spawn(process.execPath, [cliPath, ...args], { env: this.box.env, stdio: 'ignore' });
    const timer = setTimeout(() => child.kill('SIGKILL'), after);
    const killed = await new Promise<boolean>((resolve) => child.once('exit', (_, signal) => resolve(signal === 'SIGKILL')));
    clearTimeout(timer);
    // One that was killed late might have gone on for longer: the span grows until one comes to its end again.
    this.#spans.set(kind, killed ? Math.max(span, after * 1.15) : Math.max(performance.now() - started, 20));
    if (killed) this.count++;
    return killed;
  }
}
