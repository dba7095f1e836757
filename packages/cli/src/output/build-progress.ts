import { CaissonError, isCaissonError, type BuildEvent, type BuildResult, type BuildStepInfo, type Task } from '@caisson/core';
import { explainMiss } from './explain-miss.js';
import { formatSize } from './units.js';

export interface BuildDisplay {
  /** `auto`, `tty`, `plain`, `rawjson` or `quiet`. */
  readonly kind: string;
  readonly explain: boolean;
}

/** Shows a build on standard error while it goes on. */
export async function showBuild(task: Task<BuildResult, BuildEvent>, { kind, explain }: BuildDisplay): Promise<BuildResult> {
  if (!['auto', 'tty', 'plain', 'rawjson', 'quiet'].includes(kind)) throw new CaissonError('invalid-argument', `--progress: ${JSON.stringify(kind)} is not known`, { hint: 'use one of auto, tty, plain, rawjson, quiet' });
  const drawn = kind === 'tty' || (kind === 'auto' && process.stderr.isTTY && process.env.TERM !== 'dumb');
  if (kind === 'rawjson') for await (const event of task) process.stderr.write(`${JSON.stringify(event)}\n`);
  else if (kind === 'quiet') await task.then(undefined, showLastLines);
  else {
    const display = drawn ? new (await import('./build-terminal.js')).TerminalDisplay(explain) : new PlainDisplay(explain);
    try {
      for await (const event of task) display.show(event);
    } finally {
      display.close();
    }
  }
  return task;
}

/** Of a RUN that failed where nothing was shown so far: what went wrong is in its last lines. */
function showLastLines(error: unknown): void {
  const output = isCaissonError(error, 'build-failed') ? error.details?.['output'] : undefined;
  if (Array.isArray(output)) for (const line of output) process.stderr.write(`| ${String(line)}\n`);
}

/** Lines, each with the number of its step: what a log of a CI job can be read from. */
class PlainDisplay {
  readonly #explain: boolean;
  readonly #numbers = new Map<string, number>();
  readonly #steps = new Map<string, BuildStepInfo>();

  constructor(explain: boolean) {
    this.#explain = explain;
  }

  show(event: BuildEvent): void {
    const line = (step: string, text: string) => process.stderr.write(`#${this.#number(step)} ${text}\n`);
    switch (event.type) {
      case 'started':
        this.#steps.set(event.step.id, event.step);
        line(event.step.id, event.step.title);
        break;
      case 'hit':
        if (this.#explain) line(event.step, `cache hit: nothing that it depends on has changed (${event.key.slice(7, 19)})`);
        break;
      case 'miss':
        if (this.#explain) line(event.step, explainMiss(event));
        break;
      case 'note':
        line(event.step, event.message);
        break;
      case 'output':
        for (const text of event.text.replace(/\n$/, '').split('\n')) line(event.step, `| ${text}`);
        break;
      case 'done':
        line(event.step, event.cached ? 'CACHED' : `DONE ${event.seconds.toFixed(1)}s${event.layer ? `, layer of ${formatSize(event.layer.size)}` : ''}`);
        break;
      case 'failed':
        line(event.step, `FAILED: ${event.message}`);
        break;
      case 'warning':
        process.stderr.write(`warning: ${event.message}${event.range ? ` (line ${event.range.start.line})` : ''}\n`);
        break;
      case 'skipped':
        if (this.#explain) process.stderr.write(`stage ${event.stage} skipped: ${event.why}\n`);
        break;
      case 'stage':
      case 'progress':
        break;
    }
  }

  close(): void {}

  #number(step: string): number {
    const number = this.#numbers.get(step) ?? this.#numbers.size + 1;
    this.#numbers.set(step, number);
    return number;
  }
}
