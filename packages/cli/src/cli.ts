import type { Command } from 'commander';
import { CaissonError, type Engine, type EnginePaths, type LocalEngine } from '@caisson/core';
import type { HostChoice } from '@caisson/docker-api/client';
import { formatHost, type RemoteHost } from './engine/host.js';
import { openEngine } from './engine/open.js';
import { enginePaths } from './engine/paths.js';
import { writeOut } from './output/write.js';

/** Options that stand before the command's name: Caisson's own folders, and docker's choice of a host. */
export interface GlobalOptions extends HostChoice {
  readonly dataRoot?: string;
  readonly runRoot?: string;
  readonly debug?: boolean;
  readonly logLevel?: string;
}

/** What a command gets to work with. */
export class Cli implements AsyncDisposable {
  readonly globals: GlobalOptions;
  /** The command's path, such as `container ls`. */
  readonly command: string;
  /** The host that was chosen in place of this one. */
  readonly remote: RemoteHost | undefined;
  /** Aborted by the first ctrl-c or TERM, where the command has not taken the signals for itself. */
  readonly signal: AbortSignal;
  #own: LocalEngine | undefined;

  constructor(globals: GlobalOptions, { command = '', remote, abort = new AbortController() }: { command?: string; remote?: RemoteHost | undefined; abort?: AbortController } = {}) {
    this.globals = globals;
    this.command = command;
    this.remote = remote;
    this.signal = abort.signal;
  }

  /** Of the chosen host; opened on first use: `--help` needs none. */
  get engine(): Engine {
    return this.remote?.engine ?? this.local;
  }

  /** This host's own. @throws CaissonError `unsupported` where another one was chosen */
  get local(): LocalEngine {
    if (this.remote) throw new CaissonError('unsupported', `${this.command || 'this'} works on this host's own engine only, but ${this.remote.by} chose ${formatHost(this.remote)}`, { hint: `leave it out, or add --context default: caisson --context default ${this.command}` });
    return (this.#own ??= openEngine(this.globals));
  }

  /** Of this host's own engine. */
  get paths(): EnginePaths {
    return enginePaths(this.globals);
  }

  /** A line of the command's result, on standard output. */
  print(line: string): void {
    writeOut(`${line}\n`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#own?.[Symbol.asyncDispose]();
    await this.remote?.engine[Symbol.asyncDispose]();
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
