import { EventEmitter, l10n, type Pseudoterminal, type TerminalDimensions } from 'vscode';
import type { ContainerStats, Engine } from '@caisson/core';
import { explain, isCancelled } from '../util/errors.js';
import type { LogSource } from './log-terminal.js';
import { cpuPercent, statsTable, type StatsRow } from './stats-table.js';

/** A table of what containers use, each second anew in its place, until it is closed or all have ended. */
export class StatsTerminal implements Pseudoterminal {
  readonly #write = new EventEmitter<string>();
  readonly #close = new EventEmitter<void>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  readonly #engine: () => Promise<Engine>;
  readonly #sources: readonly LogSource[];
  readonly #controller = new AbortController();
  readonly #rows = new Map<string, StatsRow>();
  readonly #last = new Map<string, ContainerStats>();
  #note = '';
  #size: TerminalDimensions | undefined;

  constructor(engine: () => Promise<Engine>, sources: readonly LogSource[]) {
    this.#engine = engine;
    this.#sources = sources;
  }

  open(size: TerminalDimensions | undefined): void {
    this.#size = size;
    this.#write.fire('\x1b[?25l');
    void Promise.all(this.#sources.map((source) => this.#follow(source))).then(() => {
      this.#note = l10n.t('Ended');
      this.#draw();
    });
  }

  setDimensions(size: TerminalDimensions): void {
    this.#size = size;
    this.#draw();
  }

  close(): void {
    this.#controller.abort();
  }

  handleInput(data: string): void {
    if (data === '\x03' || data === 'q' || this.#controller.signal.aborted) this.#close.fire();
  }

  async #follow({ id, name }: LogSource): Promise<void> {
    try {
      const engine = await this.#engine();
      for await (const stats of engine.containers.stats(id, { stream: true, signal: this.#controller.signal })) {
        this.#rows.set(id, { name, cpuPercent: cpuPercent(this.#last.get(id), stats), stats });
        this.#last.set(id, stats);
        this.#draw();
      }
    } catch (error) {
      if (!isCancelled(error) && !this.#controller.signal.aborted) this.#note = `${name}: ${explain(error)}`;
    }
    this.#rows.delete(id);
  }

  #draw(): void {
    const { columns, rows = Infinity } = this.#size ?? {};
    const [head = '', ...all] = statsTable([...this.#rows.values()], columns);
    // What does not fit would scroll the rest away, each second anew.
    const lines = all.length <= rows - 2 ? all : [...all.slice(0, Math.max(1, rows - 3)), l10n.t('{0} more', all.length - Math.max(1, rows - 3))];
    // Home, each line up to its end, and whatever is below.
    this.#write.fire(`\x1b[H\x1b[1m${head}\x1b[0m\x1b[K\r\n${lines.map((line) => `${line}\x1b[K\r\n`).join('')}\x1b[2m${this.#note}\x1b[0m\x1b[J`);
  }
}
