import type { ContainerRecord } from '../containers/record.js';
import type { LogEntry } from '../engine.js';

/**
 * Sends what containers write somewhere else. The monitor writes a container's output to files of its own in any case; the attendant reads
 * them and hands them to the driver, which need not hurry: nothing waits for it, and `caisson logs` reads the files. Life of one
 * connection: `open`, `write` again and again, each call when the last has resolved, then dispose. When `write` rejects, the connection
 * is disposed of, another one is opened after a while, and the same entries are written again: an entry arrives once or more.
 *
 * A driver of one's own is added with `addLogDriver` by whoever composes the engine.
 */
export interface LogDriver {
  readonly name: string;
  /** Names of its options, beside those that all drivers have. */
  readonly options: readonly string[];
  /** Called when a container is created. @throws CaissonError `invalid-argument` */
  check(options: Readonly<Record<string, string>>): void;
  open(source: LogSource, options: Readonly<Record<string, string>>, signal: AbortSignal): Promise<LogConnection>;
}

export interface LogConnection extends AsyncDisposable {
  /** Resolves when all entries have been handed over. */
  write(entries: readonly LogEntry[]): Promise<void>;
}

/** Whose output it is. */
export interface LogSource {
  readonly container: ContainerRecord;
  /** The `tag` option, with its template resolved; default the short ID. */
  readonly tag: string;
  /** Labels and variables that the options ask for. */
  readonly details: Readonly<Record<string, string>>;
  readonly hostname: string;
}
