import { isCaissonError } from '@caisson/core';
import { ApiError } from '../http/api-error.js';
import { ok, type Call, type Handler, type Reply } from '../http/call.js';
import { Filters, parseDuration } from '../http/filters.js';
import { badRequest } from '../http/api-error.js';
import type { Route } from '../http/router.js';
import { readBuildRequest } from '../requests/build.js';
import { BuildLines } from '../streams/build-lines.js';
import { withProgress } from '../streams/json-lines.js';

async function build(call: Call): Promise<undefined> {
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
  const { entries, bytes } = await call.engine.builds.prune({ ...(ago === undefined ? {} : { before: new Date(Date.now() - ago) }), ...(keepBytes ? { keepBytes } : {}) });
  return ok({ CachesDeleted: entries.length > 0 ? entries.map((entry) => entry.id) : null, SpaceReclaimed: bytes });
}

/** Builds end with the connection of whoever asked for them: there is nothing to cancel by name. */
async function cancel(): Promise<Reply> {
  return { status: 204 };
}

async function session(): Promise<never> {
  throw new ApiError(501, 'BuildKit sessions are not supported: unset DOCKER_BUILDKIT, or set it to 0, to use the classic way, which has all of the builder');
}

export const buildRoutes: readonly Route<Handler>[] = [
  { method: 'POST', path: '/build', handler: build },
  { method: 'POST', path: '/build/prune', handler: prune },
  { method: 'POST', path: '/build/cancel', handler: cancel },
  { method: 'POST', path: '/session', handler: session },
  { method: 'POST', path: '/grpc', handler: session },
];
