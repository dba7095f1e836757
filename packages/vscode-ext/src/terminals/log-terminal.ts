import { EventEmitter, l10n, type Pseudoterminal } from 'vscode';
import type { Engine } from '@caisson/core';
import { explain, isCancelled } from '../util/errors.js';
import { sourceColors, timeOfDay, toTerminal } from './text.js';

export interface LogSource {
  readonly id: string;
  readonly name: string;
}

/** Followed logs of one or several containers, as they were written, colours and all; of several, each line after its container's name. */
export class LogTerminal implements Pseudoterminal {
  readonly #write = new EventEmitter<string>();
  readonly #close = new EventEmitter<void>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  readonly #engine: () => Promise<Engine>;
  readonly #sources: readonly LogSource[];
  readonly #options: { readonly tail: number; readonly timestamps: boolean };
  readonly #controller = new AbortController();
  #ended = false;

  constructor(engine: () => Promise<Engine>, sources: readonly LogSource[], options: { readonly tail: number; readonly timestamps: boolean }) {
    this.#engine = engine;
    this.#sources = sources;
    this.#options = options;
  }

  open(): void {
    void this.#run();
  }

  close(): void {
    this.#controller.abort();
  }

  /** ctrl-c ends the following; the next key closes what is left. */
  handleInput(data: string): void {
    if (this.#ended) this.#close.fire();
    else if (data === '\x03') this.#controller.abort();
  }

  async #run(): Promise<void> {
    const width = Math.max(...this.#sources.map(({ name }) => name.length));
    await Promise.all(
      this.#sources.map((source, i) => this.#follow(source, this.#sources.length === 1 ? '' : `\x1b[${sourceColors[i % sourceColors.length] ?? '36'}m${source.name.padEnd(width)} |\x1b[0m `)),
    );
    this.#ended = true;
    this.#write.fire(`\x1b[2m${l10n.t('End of the logs')}\x1b[0m\r\n`);
  }

  async #follow({ id }: LogSource, prefix: string): Promise<void> {
    const { signal } = this.#controller;
    const { tail, timestamps } = this.#options;
    const decoder = new TextDecoder();
    let lineStart = true;
    try {
      const engine = await this.#engine();
      for await (const { data, at } of engine.containers.logs(id, { follow: true, tail, signal })) {
        const text = toTerminal(decoder.decode(data, { stream: true }));
        const head = lineStart ? `${prefix}${timestamps ? `\x1b[2m${timeOfDay(at)}\x1b[0m ` : ''}` : '';
        this.#write.fire(head + text);
        lineStart = text.endsWith('\n');
      }
    } catch (error) {
      if (!signal.aborted && !isCancelled(error)) this.#write.fire(`${prefix}\x1b[31m${toTerminal(explain(error))}\x1b[0m\r\n`);
    }
  }
}
