import { isCaissonError } from '@caisson/core';
import { badRequest, conflict } from '../http/api-error.js';
import type { Call, Handler } from '../http/call.js';
import type { Route } from '../http/router.js';
import { hijack, hijackBody, type Hijacked } from '../streams/hijack.js';
import { joinStreams } from '../streams/join.js';
import { frame } from '../streams/multiplex.js';
import { checkDetachKeys } from '../streams/detach-keys.js';
import { openWebSocket } from '../streams/web-socket.js';
import { write } from '../streams/writer.js';
import { container } from './objects.js';

export const defaultDetachKeys = 'ctrl-p,ctrl-q';

async function attach(call: Call): Promise<undefined> {
  return attachBy(call, async ({ terminal }) => {
    // Some clients send their parameters as a body as well: it is no input.
    if (call.upgrade) await hijackBody(call);
    return { client: hijack(call, { multiplexed: !terminal }), framed: !terminal };
  });
}

/** Through a WebSocket, whose messages have no frames: what a container without a terminal writes to its two outputs comes as one. */
async function attachWebSocket(call: Call): Promise<undefined> {
  return attachBy(call, async () => ({ client: await openWebSocket(call), framed: false }));
}

async function attachBy(call: Call, open: (process: { readonly terminal: boolean }) => Promise<{ readonly client: Hijacked; readonly framed: boolean }>): Promise<undefined> {
  const { query } = call;
  const record = await container(call);
  const wants = { stdin: query.flag('stdin'), stdout: query.flag('stdout'), stderr: query.flag('stderr'), logs: query.flag('logs'), stream: query.flag('stream') };
  if (!wants.stream && !wants.logs) throw badRequest('Either the stream or the logs parameter is required');
  const detachKeys = checkDetachKeys(query.text('detachKeys') ?? defaultDetachKeys);
  if (record.status === 'paused') throw conflict(`container ${record.id} is paused, unpause the container before attach`);
  const { terminal } = record.process;
  const stdin = wants.stdin && record.process.stdin;
  const process = wants.stream ? await call.engine.containers.attach(record.id, { stdin }) : undefined;
  let client: Hijacked | undefined;
  try {
    const opened = await open(record.process);
    client = opened.client;
    if (wants.logs)
      for await (const entry of call.engine.containers.logs(record.id, { signal: client.signal }))
        if (terminal || wants[entry.stream]) await write(client.output, opened.framed ? frame(entry.stream, entry.data) : entry.data);
    if (process) await joinStreams(client, process, { terminal, framed: opened.framed, stdout: wants.stdout, stderr: wants.stderr, stdin, detachKeys });
  } catch (error) {
    if (!client?.signal.aborted && !isCaissonError(error, 'cancelled')) throw error;
  } finally {
    await process?.[Symbol.asyncDispose]();
    client?.end();
  }
  return undefined;
}

export const containerAttachRoutes: readonly Route<Handler>[] = [
  { method: 'POST', path: '/containers/{name}/attach', handler: attach },
  { method: 'GET', path: '/containers/{name}/attach/ws', handler: attachWebSocket },
];
