import { CaissonError, isCaissonError, type BuildEvent, type BuildResult, type BuildStepInfo, type Task } from '@caisson/core';
import { colors } from './colors.js';
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
    const display = drawn ? await TerminalDisplay.open(explain) : new PlainDisplay(explain);
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

interface Drawing {
  (text: string): void;
  clear(): void;
  done(): void;
}

interface Row {
  readonly title: string;
  readonly started: number;
  state: 'running' | 'cached' | 'done' | 'failed';
  seconds: number;
  note: string;
  readonly output: string[];
}

const outputLines = 6;

/** The steps that run, with their last lines of output, drawn over and over below those that are finished. */
class TerminalDisplay {
  readonly #explain: boolean;
  readonly #draw: Drawing;
  readonly #paint = colors(process.stderr);
  readonly #rows = new Map<string, Row>();
  readonly #timer: NodeJS.Timeout;

  private constructor(explain: boolean, draw: Drawing) {
    this.#explain = explain;
    this.#draw = draw;
    this.#timer = setInterval(() => this.#render(), 100);
    this.#timer.unref();
  }

  static async open(explain: boolean): Promise<TerminalDisplay> {
    const { createLogUpdate } = await import('log-update');
    return new TerminalDisplay(explain, createLogUpdate(process.stderr));
  }

  show(event: BuildEvent): void {
    if (event.type === 'started') {
      this.#rows.set(event.step.id, { title: event.step.title, started: Date.now(), state: 'running', seconds: 0, note: '', output: [] });
      return;
    }
    if (event.type === 'warning') {
      this.#print(this.#paint.yellow(`warning: ${event.message}${event.range ? ` (line ${event.range.start.line})` : ''}`));
      return;
    }
    const row = 'step' in event ? this.#rows.get(event.step) : undefined;
    if (!row || !('step' in event)) return;
    switch (event.type) {
      case 'miss':
        if (this.#explain) row.note = explainMiss(event);
        break;
      case 'output':
        row.output.push(...event.text.replace(/\n$/, '').split('\n'));
        break;
      case 'progress':
        row.note = `${event.progress.status}${event.progress.total ? ` ${formatSize(event.progress.current ?? 0)} of ${formatSize(event.progress.total)}` : ''}`;
        break;
      case 'done':
        row.state = event.cached ? 'cached' : 'done';
        row.seconds = event.seconds;
        if (event.layer && !event.cached) row.note ||= `layer of ${formatSize(event.layer.size)}`;
        this.#finish(event.step, row);
        break;
      case 'failed':
        row.state = 'failed';
        this.#finish(event.step, row);
        break;
      case 'hit':
        break;
    }
  }

  close(): void {
    clearInterval(this.#timer);
    this.#draw.clear();
    for (const row of this.#rows.values()) process.stderr.write(`${this.#line(row)}\n`);
    this.#draw.done();
  }

  #finish(step: string, row: Row): void {
    this.#rows.delete(step);
    this.#print([this.#line(row), ...(row.state === 'failed' ? row.output.slice(-20).map((line) => this.#paint.dim(`   | ${line}`)) : [])].join('\n'));
  }

  #print(text: string): void {
    this.#draw.clear();
    process.stderr.write(`${text}\n`);
    this.#render();
  }

  #render(): void {
    const lines = [...this.#rows.values()].flatMap((row) => [this.#line(row), ...row.output.slice(-outputLines).map((line) => this.#paint.dim(`   | ${line.slice(0, Math.max(20, (process.stderr.columns || 80) - 6))}`))]);
    this.#draw(lines.slice(-(process.stderr.rows || 24) + 2).join('\n'));
  }

  #line(row: Row): string {
    const { cyan, green, red, dim } = this.#paint;
    const seconds = `${(row.state === 'running' ? (Date.now() - row.started) / 1000 : row.seconds).toFixed(1)}s`;
    const mark = { running: cyan('=>'), cached: dim('=> CACHED'), done: green('=>'), failed: red('=> FAILED') }[row.state];
    return `${mark} ${row.title.slice(0, Math.max(30, (process.stderr.columns || 80) - 24))} ${dim(row.state === 'cached' ? '' : seconds)}${row.note && row.state !== 'cached' ? dim(`  ${row.note}`) : ''}`;
  }
}

function explainMiss({ reason }: Extract<BuildEvent, { type: 'miss' }>): string {
  const changes = reason.changes.slice(0, 5).map(({ what, how }) => `${what} ${how}`);
  const more = reason.changes.length > 5 ? ` and ${reason.changes.length - 5} more` : '';
  return `cache miss: ${reason.text}${changes.length > 1 ? ` (${changes.join(', ')}${more})` : ''}`;
}
