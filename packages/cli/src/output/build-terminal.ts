import type { BuildEvent } from '@caisson/core';
import { colors } from './colors.js';
import { explainMiss } from './explain-miss.js';
import { LiveLines, plainText } from './live-lines.js';
import { formatSize } from './units.js';

interface Row {
  readonly title: string;
  readonly started: number;
  state: 'running' | 'cached' | 'done' | 'failed';
  seconds: number;
  note: string;
  /** The last lines that it printed. */
  readonly output: string[];
}

const shownOutput = 6;
const keptOutput = 20;
const frameTime = 80;

/** The steps that run, with their last lines of output, drawn over and over below those that are finished. */
export class TerminalDisplay {
  readonly #explain: boolean;
  readonly #paint = colors(process.stderr);
  readonly #lines = new LiveLines(process.stderr);
  readonly #rows = new Map<string, Row>();
  /** What has come to its end since the last frame. */
  readonly #finished: string[] = [];
  readonly #timer: NodeJS.Timeout;
  readonly #render = () => this.#draw([...this.#rows.values()].flatMap((row) => this.#running(row)));

  constructor(explain: boolean) {
    this.#explain = explain;
    this.#timer = setInterval(this.#render, frameTime);
    this.#timer.unref();
    process.stderr.on('resize', this.#render);
  }

  show(event: BuildEvent): void {
    if (event.type === 'started') {
      this.#rows.set(event.step.id, { title: plainText(event.step.title.replaceAll('\n', ' ')), started: Date.now(), state: 'running', seconds: 0, note: '', output: [] });
      return;
    }
    if (event.type === 'warning') this.#finished.push(this.#paint.yellow(`warning: ${event.message}${event.range ? ` (line ${event.range.start.line})` : ''}`));
    if (event.type === 'skipped' && this.#explain) this.#finished.push(this.#paint.dim(`stage ${event.stage} skipped: ${event.why}`));
    const row = 'step' in event ? this.#rows.get(event.step) : undefined;
    if (!row || !('step' in event)) return;
    switch (event.type) {
      case 'hit':
        if (this.#explain) row.note = 'cache hit: nothing that it depends on has changed';
        break;
      case 'miss':
        if (this.#explain) row.note = explainMiss(event);
        break;
      case 'output':
        row.output.push(...event.text.replace(/\n$/, '').split('\n').map(plainText));
        row.output.splice(0, row.output.length - keptOutput);
        break;
      case 'note':
        this.#finished.push(this.#paint.dim(`   ${plainText(row.title)}: ${plainText(event.message)}`));
        break;
      case 'progress':
        row.note = `${event.progress.status}${event.progress.total ? ` ${formatSize(event.progress.current ?? 0)} of ${formatSize(event.progress.total)}` : ''}`;
        break;
      case 'done':
        row.state = event.cached ? 'cached' : 'done';
        row.seconds = event.seconds;
        if (event.layer && !event.cached && !row.note.startsWith('cache miss')) row.note = `layer of ${formatSize(event.layer.size)}`;
        this.#finish(event.step, row);
        break;
      case 'failed':
        row.state = 'failed';
        row.seconds = (Date.now() - row.started) / 1000;
        this.#finish(event.step, row);
        break;
    }
  }

  /** Of steps that were under way when the build ended, the line stays. */
  close(): void {
    clearInterval(this.#timer);
    process.stderr.off('resize', this.#render);
    this.#finished.push(...[...this.#rows.values()].map((row) => this.#line(row)));
    this.#draw([]);
  }

  #finish(step: string, row: Row): void {
    this.#rows.delete(step);
    this.#finished.push(this.#line(row), ...(row.state === 'failed' ? row.output.map((line) => this.#paint.dim(`   | ${line}`)) : []));
  }

  #draw(live: readonly string[]): void {
    this.#lines.draw(this.#finished.splice(0), live);
  }

  #running(row: Row): string[] {
    return [this.#line(row, this.#lines.columns), ...row.output.slice(-shownOutput).map((line) => this.#paint.dim(`   | ${line}`))];
  }

  /** For so many columns: the time and the note are not to fall off its end. */
  #line(row: Row, columns = Infinity): string {
    const { cyan, green, red, dim } = this.#paint;
    const seconds = row.state === 'cached' ? '' : ` ${(row.state === 'running' ? (Date.now() - row.started) / 1000 : row.seconds).toFixed(1)}s`;
    const note = row.note === '' ? '' : `  ${row.note}`;
    const mark = { running: '=>', cached: '=> CACHED', done: '=>', failed: '=> FAILED' }[row.state];
    const paint = { running: cyan, cached: dim, done: green, failed: red }[row.state];
    // Where not all has room, half is for the title.
    const room = Math.max(Math.floor(columns / 2), columns - mark.length - seconds.length - note.length - 3);
    const title = row.title.length > room ? `${row.title.slice(0, room - 1)}…` : row.title;
    return `${paint(mark)} ${title}${dim(`${seconds}${note}`)}`;
  }
}
