import { EventEmitter, l10n, type Pseudoterminal, type TerminalDimensions } from 'vscode';
import type { Process } from '@caisson/core';
import { explain } from '../util/errors.js';
import { toTerminal, withoutReplies } from './text.js';

export interface ProcessTerminalOptions {
  /** Opens the process when the terminal has its size. */
  open(size: TerminalDimensions | undefined): Promise<Process>;
  /** Whether the process has a terminal of its own: else keys and line ends are seen to here. */
  readonly terminal: boolean;
  /** Closes with the process, whatever it came to; else its end is told and the terminal stays. */
  readonly closeAtEnd?: boolean;
}

/** A process of a container in a terminal of the editor: keys go in, output comes out, sizes are told. Closing it detaches. */
export class ProcessTerminal implements Pseudoterminal {
  readonly #write = new EventEmitter<string>();
  readonly #close = new EventEmitter<number | void>();
  readonly onDidWrite = this.#write.event;
  readonly onDidClose = this.#close.event;
  readonly #options: ProcessTerminalOptions;
  #process: Process | undefined;
  #closed = false;
  #ended = false;

  constructor(options: ProcessTerminalOptions) {
    this.#options = options;
  }

  open(size: TerminalDimensions | undefined): void {
    void this.#run(size);
  }

  handleInput(data: string): void {
    if (this.#ended) {
      this.#close.fire();
      return;
    }
    const text = withoutReplies(data);
    const stdin = this.#process?.stdin;
    if (text === '' || stdin === null || stdin === undefined || stdin.destroyed) {
      // Nothing takes keys: ctrl-c still ends what runs.
      if (text === '\x03') void this.#process?.kill('INT').catch(() => {});
      return;
    }
    if (this.#options.terminal) stdin.write(text);
    else this.#withoutTerminal(text, stdin);
  }

  setDimensions(size: TerminalDimensions): void {
    // It may have ended just now.
    if (this.#options.terminal) void this.#process?.resize({ columns: size.columns, rows: size.rows }).catch(() => {});
  }

  close(): void {
    this.#closed = true;
    void this.#process?.[Symbol.asyncDispose]();
  }

  /** What a kernel's terminal would do with keys. */
  #withoutTerminal(text: string, stdin: NodeJS.WritableStream): void {
    if (text === '\x03') void this.#process?.kill('INT').catch(() => {});
    else if (text === '\x04') stdin.end();
    else {
      this.#write.fire(toTerminal(text.replaceAll('\r', '\n')));
      stdin.write(text.replaceAll('\r', '\n'));
    }
  }

  async #run(size: TerminalDimensions | undefined): Promise<void> {
    let code = 0;
    try {
      const process = (this.#process = await this.#options.open(size));
      if (this.#closed) return await process[Symbol.asyncDispose]();
      const decoders = [process.stdout, process.stderr].map(async (stream) => {
        if (stream === null) return;
        const decoder = new TextDecoder();
        for await (const chunk of stream) {
          const text = decoder.decode(chunk as Uint8Array, { stream: true });
          this.#write.fire(this.#options.terminal ? text : toTerminal(text));
        }
      });
      await Promise.all(decoders);
      ({ code } = await process.wait());
      if (!this.#closed) this.#write.fire(`\r\n\x1b[2m${l10n.t('Ended with {0}', code)}\x1b[0m\r\n`);
    } catch (error) {
      code = 1;
      if (!this.#closed) this.#write.fire(`\r\n\x1b[31m${toTerminal(explain(error))}\x1b[0m\r\n`);
      else return;
    } finally {
      this.#ended = true;
    }
    if (this.#options.closeAtEnd === true && code === 0) this.#close.fire(code);
  }
}
