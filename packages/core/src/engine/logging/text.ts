import type { LogEntry } from '../engine.js';

/** What was written, without the line's end. */
export function textOf({ data }: LogEntry): string {
  const text = Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('utf8');
  return text.endsWith('\n') ? text.slice(0, -1) : text;
}
