import { isCaissonError } from '@caisson/core';
import { ApiError, badRequest, conflict } from '../http/api-error.js';
import { noContent, ok, type Call, type Handler, type Reply } from '../http/call.js';
import { Filters, parseDuration } from '../http/filters.js';
import type { Route } from '../http/router.js';
import { readBuildRequest } from '../requests/build.js';
import { BuildLines } from '../streams/build-lines.js';
import { readSessionHeaders } from '../session-table.js';
import { acceptUpgrade } from '../streams/hijack.js';
import { withProgress } from '../streams/json-lines.js';
import { buildWithSession } from './build-session.js';

async function build(call: Call): Promise<undefined> {
  if (call.query.text('version') === '2') return buildWithSession(call);
  const request = readBuildRequest(call);
  const told = new BuildLines({ quiet: call.query.flag('q') });
  await withProgress(call.response, async (lines) => {
    const task = call.engine.build(request, { signal: call.signal });
    try {
      for await (const event of task) for (const line of told.event(event)) await lines.send(line);
    } catch (error) {
      if (isCaissonError(error, 'build-failed') && typeof error.details?.exitCode === 'number') {
        // docker's words; its command line ends with this code.
        const code = error.details.exitCode;
        const message = told.failed === undefined ? error.message : `The command '${told.failed}' returned a non-zero code: ${code}`;
        await lines.send({ errorDetail: { code, message }, error: message });
        return;
      }
      if (isCaissonError(error, 'invalid-content') && error.range) throw new ApiError(400, `dockerfile parse error on line ${error.range.start.line}: ${error.message}`, { cause: error });
      throw error;
    }
    for (const line of told.result(await task, request.tags ?? [])) await lines.send(line);
  });
  return undefined;
}

async function prune(call: Call): Promise<Reply> {
  const { query } = call;
  const filters = Filters.of(query, ['until', 'unused-for', 'id', 'parent', 'type', 'description', 'inuse', 'shared', 'private']);
  const keepBytes = query.integer('reserved-space') ?? query.integer('keep-storage');
  const [until] = [...filters.all('until'), ...filters.all('unused-for')];
  const ago = until === undefined ? undefined : parseDuration(until);
  if (until !== undefined && ago === undefined) throw badRequest(`invalid filter 'until=${until.slice(0, 60)}'`);
  const before = ago === undefined ? undefined : new Date(Date.now() - ago);
  const { entries, bytes } = await call.engine.builds.prune({ ...(before ? { before } : {}), ...(keepBytes ? { keepBytes } : {}) });
  // What clients have sent of their contexts can be sent again.
  (await call.daemon.contextFolders()).prune(before ? { keep: Infinity, before } : {});
  return ok({ CachesDeleted: entries.length > 0 ? entries.map((entry) => entry.id) : null, SpaceReclaimed: bytes });
}

async function cancel(call: Call): Promise<Reply> {
  call.daemon.builds.cancel(call.query.text('id') ?? '');
  return noContent;
}

/** The connection becomes one on which the client is called: for files, secrets, credentials and agents, as its builds need them. */
async function session(call: Call): Promise<undefined> {
  const headers = readSessionHeaders(call.request.headers);
  const { upgrade } = call;
  if (!upgrade || call.request.headers.upgrade?.toLowerCase() !== 'h2c') throw badRequest('a session begins with an upgrade to h2c');
  if (call.daemon.sessions.has(headers.id)) throw conflict(`session ${headers.id} already exists`);
  const { ClientSession } = await import('../buildkit/index.js');
  acceptUpgrade(call, upgrade);
  call.daemon.sessions.add(new ClientSession(headers, upgrade.socket, upgrade.head));
  return undefined;
}

/** BuildKit's own API, for buildx and buildctl. */
async function grpc(call: Call): Promise<undefined> {
  const { upgrade } = call;
  if (!upgrade || call.request.headers.upgrade?.toLowerCase() !== 'h2c') throw badRequest("BuildKit's API begins with an upgrade to h2c");
  const server = await call.daemon.grpc();
  acceptUpgrade(call, upgrade);
  server.serve(upgrade.socket, upgrade.head);
  return undefined;
}

export const buildRoutes: readonly Route<Handler>[] = [
  { method: 'POST', path: '/build', handler: build },
  { method: 'POST', path: '/build/prune', handler: prune },
  { method: 'POST', path: '/build/cancel', handler: cancel },
  { method: 'POST', path: '/session', handler: session },
  { method: 'POST', path: '/grpc', handler: grpc },
];
