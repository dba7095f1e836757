import { isCaissonError, type LogEntry, type LogOptions } from '@caisson/core';
import { ApiError, badRequest } from '../http/api-error.js';
import type { Call, Handler } from '../http/call.js';
import type { Route } from '../http/router.js';
import { frame, multiplexedStream, rawStream } from '../streams/multiplex.js';
import { write } from '../streams/writer.js';
import { container } from './objects.js';

async function logs(call: Call): Promise<undefined> {
  const { query, response } = call;
  const streams = { stdout: query.flag('stdout'), stderr: query.flag('stderr') };
  if (!streams.stdout && !streams.stderr) throw badRequest('Bad parameters: you must choose at least one stream');
  const options = readOptions(call);
  const record = await container(call);
  if (record.options.logDriver === 'none') throw new ApiError(501, 'configured logging driver does not support reading');
  const { terminal } = record.process;
  const timestamps = query.flag('timestamps');
  const details = query.flag('details');
  const entries = call.engine.containers.logs(record.id, { ...options, ...(details ? { details } : {}), signal: call.watching });
  response.writeHead(200, { 'Content-Type': terminal || call.minor < 42 ? rawStream : multiplexedStream });
  response.flushHeaders();
  try {
    for await (const entry of entries) {
      if (!terminal && !streams[entry.stream]) continue;
      const data = withPrefix(entry, { timestamps, details });
      const pause = write(response, terminal ? data : frame(entry.stream, data));
      if (pause) await pause;
    }
  } catch (error) {
    if (call.watching.aborted || isCaissonError(error, 'cancelled')) return undefined;
    // In mid-stream the stream itself has to say it.
    await write(response, frame('systemError', Buffer.from(`Error grabbing logs: ${error instanceof Error ? error.message : String(error)}\n`)));
  }
  response.end();
  return undefined;
}

function readOptions({ query }: Call): LogOptions {
  const tail = query.text('tail');
  const count = tail === undefined || tail === 'all' || !/^\d+$/.test(tail) ? undefined : Number(tail);
  const since = query.time('since');
  const until = query.time('until');
  return { ...(query.flag('follow') ? { follow: true } : {}), ...(count === undefined ? {} : { tail: count }), ...(since ? { since } : {}), ...(until ? { until } : {}) };
}

function withPrefix({ timestamp, details: facts, data }: LogEntry, { timestamps, details }: { timestamps: boolean; details: boolean }): Uint8Array {
  if (!timestamps && !details) return data;
  const facing = details && facts ? Object.entries(facts).map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(value)}`).join(',') : '';
  return Buffer.concat([Buffer.from(`${timestamps ? `${utc(timestamp)} ` : ''}${details ? `${facing} ` : ''}`), data]);
}

/** Monitors write local time with its offset; docker's logs are in UTC with nine digits. */
function utc(timestamp: string): string {
  const [, seconds = '', fraction = ''] = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?/.exec(timestamp) ?? [];
  const nanoseconds = fraction.padEnd(9, '0');
  if (timestamp.endsWith('Z')) return `${seconds}.${nanoseconds}Z`;
  return `${new Date(timestamp).toISOString().slice(0, 19)}.${nanoseconds}Z`;
}

export const containerLogRoutes: readonly Route<Handler>[] = [{ method: 'GET', path: '/containers/{name}/logs', handler: logs }];
