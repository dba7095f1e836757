import type { Command } from 'commander';
import type { LocalEngine } from '@caisson/core';
import { openEngine } from './engine/open.js';

/** Options that stand before the command's name. */
export interface GlobalOptions {
  readonly dataRoot?: string;
  readonly runRoot?: string;
}

/** What a command gets to work with. */
export class Cli implements AsyncDisposable {
  readonly globals: GlobalOptions;
  /** Aborted by the first ctrl-c or TERM, where the command has not taken the signals for itself. */
  readonly signal: AbortSignal;
  readonly #abort = new AbortController();
  #engine: LocalEngine | undefined;

  constructor(globals: GlobalOptions) {
    this.globals = globals;
    this.signal = this.#abort.signal;
  }

  /** Opened on first use: `--help` needs none. */
  get engine(): LocalEngine {
    return (this.#engine ??= openEngine(this.globals));
  }

  abort(signalName: string): void {
    this.#abort.abort(new Error(signalName));
  }

  /** A line of the command's result, on standard output. */
  print(line: string): void {
    process.stdout.write(`${line}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#engine?.[Symbol.asyncDispose]();
  }
}

/** One command, in a module of its own that is loaded only when the command is called. */
export interface CommandModule {
  /** Declares arguments, options and examples. */
  configure(command: Command): void;
  /** Returns the exit code; absent means 0. */
  run(cli: Cli, args: string[], options: Record<string, unknown>): Promise<number | void>;
}

/** Gives `run` the type of its own options: commander hands over what `configure` declared. */
export function defineCommand<O extends object>(module: { configure(command: Command): void; run(cli: Cli, args: string[], options: O): Promise<number | void> }): CommandModule {
  return { configure: (command) => module.configure(command), run: (cli, args, options) => module.run(cli, args, options as O) };
}
