import { isCaissonError } from '@caisson/core';
import { badRequest, conflict, notFound } from '../http/api-error.js';
import type { Call, Handler } from '../http/call.js';
import type { Route } from '../http/router.js';
import { hijack, hijackBody } from '../streams/hijack.js';
import { joinStreams } from '../streams/join.js';
import { frame } from '../streams/multiplex.js';
import { checkDetachKeys } from '../streams/detach-keys.js';
import { write } from '../streams/writer.js';
import { container } from './objects.js';

export const defaultDetachKeys = 'ctrl-p,ctrl-q';

async function attach(call: Call): Promise<undefined> {
  const { query } = call;
  const record = await container(call);
  const wants = { stdin: query.flag('stdin'), stdout: query.flag('stdout'), stderr: query.flag('stderr'), logs: query.flag('logs'), stream: query.flag('stream') };
  if (!wants.stream && !wants.logs) throw badRequest('Either the stream or the logs parameter is required');
  const detachKeys = checkDetachKeys(query.text('detachKeys') ?? defaultDetachKeys);
  if (record.status === 'paused') throw conflict(`container ${record.id} is paused, unpause the container before attach`);
  const { terminal } = record.process;
  const stdin = wants.stdin && record.process.stdin;
  const process = wants.stream ? await call.engine.containers.attach(record.id, { stdin }) : undefined;
  // Some clients send their parameters as a body as well: it is no input.
  if (call.upgrade) await hijackBody(call);
  const client = hijack(call, { multiplexed: !terminal });
  try {
    if (wants.logs)
      for await (const entry of call.engine.containers.logs(record.id, { signal: client.signal }))
        if (terminal) await write(client.output, entry.data);
        else if (wants[entry.stream]) await write(client.output, frame(entry.stream, entry.data));
    if (process) await joinStreams(client, process, { terminal, stdout: wants.stdout, stderr: wants.stderr, stdin, detachKeys });
  } catch (error) {
    if (!client.signal.aborted && !isCaissonError(error, 'cancelled')) throw error;
  } finally {
    await process?.[Symbol.asyncDispose]();
    client.end();
  }
  return undefined;
}

/** WebSockets are the one way of attaching that is not served: every client that has one of the others uses it. */
async function attachWebSocket(call: Call): Promise<never> {
  await container(call);
  throw notFound('attaching by WebSocket is not supported: use POST /containers/{id}/attach');
}

export const containerAttachRoutes: readonly Route<Handler>[] = [
  { method: 'POST', path: '/containers/{name}/attach', handler: attach },
  { method: 'GET', path: '/containers/{name}/attach/ws', handler: attachWebSocket },
];
