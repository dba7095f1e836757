import { once } from 'node:events';
import type { LogEntry } from '@caisson/core';

const MOST = 64 * 1024;

/** Writes entries to the streams that they came from, many in one write: the next may be long in coming, so nothing is held back for it. */
export async function printLog(entries: AsyncIterable<LogEntry>, timestamps: boolean): Promise<void> {
  let held: Uint8Array[] = [];
  let size = 0;
  let stream: LogEntry['stream'] = 'stdout';
  let soon: NodeJS.Immediate | undefined;
  const flush = (): boolean => {
    clearImmediate(soon);
    soon = undefined;
    if (size === 0) return true;
    const data = Buffer.concat(held, size);
    held = [];
    size = 0;
    return process[stream].write(data);
  };
  const add = (data: Uint8Array) => {
    held.push(data);
    size += data.byteLength;
  };
  for await (const entry of entries) {
    if (entry.stream !== stream) {
      if (!flush()) await once(process[stream], 'drain');
      stream = entry.stream;
    }
    const { timestamp, details, data } = entry;
    if (timestamps || details) add(Buffer.from(`${timestamps ? `${timestamp} ` : ''}${details ? `${detailsText(details)} ` : ''}`));
    add(data);
    if (size >= MOST && !flush()) await once(process[stream], 'drain');
    soon ??= setImmediate(flush);
  }
  flush();
}

/** As docker has them: `name=value`, sorted, with commas between. */
function detailsText(details: Readonly<Record<string, string>>): string {
  return Object.entries(details)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join(',');
}
