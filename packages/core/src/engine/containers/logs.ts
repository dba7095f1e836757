import { CaissonError } from '../../errors.js';
import type { LogEntry, LogOptions } from '../engine.js';
import { LogFolder } from '../logging/log-folder.js';
import { readLog } from '../logging/read-log.js';
import { logDetails, logSettings } from '../logging/settings.js';
import type { EngineParts } from '../parts.js';
import { containerFolder } from './create.js';
import type { Lifecycle } from './lifecycle.js';
import type { ContainerRecord } from './record.js';

/** What a container has written, and with `follow` what it writes until it ends. @throws CaissonError `unsupported` where it is not kept */
export function containerLogs(parts: EngineParts, lifecycle: Lifecycle, record: ContainerRecord, options: LogOptions): AsyncIterable<LogEntry> {
  const { kept } = logSettings(record.options);
  if (kept === 'nowhere') throw new CaissonError('unsupported', `container ${record.name} keeps no logs: it was created with --log-driver none`);
  const details = options.details ? logDetails(record) : undefined;
  const read = (ended: Promise<unknown>) => (kept === 'journal' ? fromJournal(record, options, ended, details) : readLog(new LogFolder(containerFolder(parts, record.id)), options, ended, details));
  if (!options.follow) return read(Promise.resolve());
  const stop = new AbortController();
  const ended = lifecycle.wait(record.id, { signal: stop.signal });
  ended.catch(() => {});
  return following(read(ended), stop);
}

async function* following(entries: AsyncIterable<LogEntry>, stop: AbortController): AsyncGenerator<LogEntry, void> {
  try {
    yield* entries;
  } finally {
    stop.abort();
  }
}

/** journalctl and what reads it are loaded for journals only. */
async function* fromJournal(...args: Parameters<typeof import('../logging/journal.js').readJournal>): AsyncGenerator<LogEntry, void> {
  const { readJournal } = await import('../logging/journal.js');
  yield* readJournal(...args);
}
