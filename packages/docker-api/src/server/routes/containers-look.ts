import type { Change } from '@caisson/core';
import { encodeContainer } from '../../encode/container.js';
import type { FilesystemChange } from '../../types/container.js';
import { badRequest, conflict } from '../http/api-error.js';
import { ok, type Call, type Handler, type Reply } from '../http/call.js';
import { Filters } from '../http/filters.js';
import type { Route } from '../http/router.js';
import { shared } from '../http/turn.js';
import { updateRequest } from '../requests/container-create.js';
import { readResources, readRestartPolicy } from '../requests/resources.js';
import { listContainers } from './containers-list.js';
import { container } from './objects.js';

async function inspect(call: Call): Promise<Reply> {
  const record = await container(call);
  const size = call.query.flag('size') ? await call.engine.containers.size(record.id) : undefined;
  const folder = await call.daemon.containerFolder(record.id);
  return ok(encodeContainer(record, { execIds: call.daemon.execs.idsOf(record.id), ...(folder === undefined ? {} : { folder }), ...(size ? { size } : {}) }));
}

async function top(call: Call): Promise<Reply> {
  const { id, status } = await container(call);
  if (status !== 'running' && status !== 'paused') throw conflict(`container ${id} is not running`);
  const { titles, processes } = await call.engine.containers.top(id, call.query.text('ps_args')?.split(/\s+/).filter(Boolean));
  return ok({ Titles: titles, Processes: processes });
}

const kinds: Readonly<Record<Change['kind'], FilesystemChange['Kind']>> = { changed: 0, added: 1, deleted: 2 };

async function changes(call: Call): Promise<Reply> {
  const { id } = await container(call);
  const list = await call.engine.containers.changes(id);
  return ok(list.length === 0 ? null : list.map(({ path, kind }) => ({ Path: path.startsWith('/') ? path : `/${path}`, Kind: kinds[kind] })));
}

async function update(call: Call): Promise<Reply> {
  const request = await call.json(updateRequest);
  const { id } = await container(call);
  const restart = readRestartPolicy(request.RestartPolicy);
  const resources = readResources(request);
  const warnings = await call.engine.containers.update(id, { ...(Object.keys(resources).length > 0 ? { resources } : {}), ...(restart ? { restart } : {}) });
  return ok({ Warnings: warnings });
}

async function prune(call: Call): Promise<Reply> {
  const filters = Filters.of(call.query, ['until', 'label', 'label!']);
  const { containers, bytes } = await call.engine.containers.prune(filters.prune());
  return ok({ ContainersDeleted: containers.length > 0 ? containers : null, SpaceReclaimed: bytes });
}

async function wait(call: Call): Promise<undefined> {
  const condition = call.query.text('condition') ?? 'not-running';
  if (condition !== 'not-running' && condition !== 'next-exit' && condition !== 'removed') throw badRequest(`invalid condition: ${JSON.stringify(condition.slice(0, 60))}`);
  const { id } = await container(call);
  const waiting = call.engine.containers.wait(id, { condition, signal: call.watching });
  waiting.catch(() => {}); // looked at below
  // Whoever waits and then starts must know that the waiting has begun.
  call.response.writeHead(200, { 'Content-Type': 'application/json' });
  call.response.flushHeaders();
  try {
    const { code } = await waiting;
    call.response.end(`${JSON.stringify({ StatusCode: code })}\n`);
  } catch (error) {
    if (call.watching.aborted) {
      call.response.destroy(); // the client has gone, or the server is going
      return undefined;
    }
    call.response.end(`${JSON.stringify({ StatusCode: -1, Error: { Message: error instanceof Error ? error.message : String(error) } })}\n`);
  }
  return undefined;
}

export const containerLookRoutes: readonly Route<Handler>[] = [
  { method: 'GET', path: '/containers/json', handler: shared(listContainers) },
  { method: 'POST', path: '/containers/prune', handler: prune },
  { method: 'GET', path: '/containers/{name}/json', handler: shared(inspect) },
  { method: 'GET', path: '/containers/{name}/top', handler: top },
  { method: 'GET', path: '/containers/{name}/changes', handler: changes },
  { method: 'POST', path: '/containers/{name}/update', handler: update },
  { method: 'POST', path: '/containers/{name}/wait', handler: wait },
];
