import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { CaissonError } from '../../errors.js';
import type { ContainerRecord } from '../containers/record.js';
import type { LogEntry, LogOptions } from '../engine.js';
import { LogLine } from './cri-line.js';

/** journalctl(1)'s JSON, as far as it is needed: the monitor's fields (conmon, ctr_logging.c) and the journal's own. */
interface JournalEntry {
  readonly MESSAGE?: string | readonly number[] | null;
  readonly PRIORITY?: string;
  readonly CONTAINER_PARTIAL_MESSAGE?: string;
  readonly __REALTIME_TIMESTAMP?: string;
}

const ERROR = '3';

/** What the journal has of a container. @throws CaissonError `missing-dependency`, `runtime-failed` */
export async function* readJournal(record: ContainerRecord, { follow, tail, since, until, signal }: LogOptions, ended: Promise<unknown>, details?: Readonly<Record<string, string>>): AsyncGenerator<LogEntry, void> {
  const seconds = (date: Date) => `@${(date.getTime() / 1000).toFixed(6)}`;
  const args = [`CONTAINER_ID_FULL=${record.id}`, '--output=json', '--all', '--no-pager', '--quiet', ...(follow ? ['--follow'] : []), `--lines=${tail ?? 'all'}`, ...(since ? [`--since=${seconds(since)}`] : []), ...(until ? [`--until=${seconds(until)}`] : [])];
  const child = spawn('journalctl', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let failure: Error | undefined;
  let words = '';
  child.on('error', (cause) => (failure = new CaissonError('missing-dependency', 'journalctl, which reads the journal, is not installed', { cause })));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
  const stop = () => child.kill();
  signal?.addEventListener('abort', stop);
  // The journal takes a moment to show what was written last.
  if (follow) void ended.then(() => setTimeout(stop, 500), stop);
  const over = new Promise<number | null>((resolve) => child.once('close', resolve).once('error', () => resolve(null)));
  try {
    for await (const line of createInterface({ input: child.stdout })) {
      const entry = journalLine(line, details);
      if (entry) yield entry;
    }
    const code = await over;
    if (failure) throw failure;
    if (code !== 0 && code !== null && words !== '') throw new CaissonError('runtime-failed', words.trim().split('\n')[0] ?? 'journalctl failed');
  } finally {
    stop();
    signal?.removeEventListener('abort', stop);
  }
}

export function journalLine(text: string, details?: Readonly<Record<string, string>>): LogEntry | undefined {
  let entry: JournalEntry;
  try {
    entry = JSON.parse(text) as JournalEntry;
  } catch {
    return undefined;
  }
  const microseconds = Number(entry.__REALTIME_TIMESTAMP);
  if (entry.MESSAGE === undefined || entry.MESSAGE === null || !Number.isFinite(microseconds)) return undefined;
  // What is not UTF-8 comes as a list of bytes.
  const message = typeof entry.MESSAGE === 'string' ? Buffer.from(entry.MESSAGE) : Buffer.from(entry.MESSAGE);
  const timestamp = new Date(microseconds / 1000).toISOString().replace(/\d{3}Z$/, `${String(microseconds).slice(-6)}Z`);
  return new LogLine(entry.PRIORITY === ERROR ? 'stderr' : 'stdout', timestamp, entry.CONTAINER_PARTIAL_MESSAGE === 'true' ? message : Buffer.concat([message, Buffer.from('\n')]), details);
}
