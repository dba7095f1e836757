import { isCaissonError, parsePlatform, type OnePlatform } from '@caisson/core';
import type { CaissonBuildLine, ErrorLine } from '../../types/caisson.js';
import { ApiError, badRequest } from '../http/api-error.js';
import { ok, type Call, type Handler, type Reply } from '../http/call.js';
import type { Route } from '../http/router.js';
import { readCaissonBuild } from '../requests/caisson-build.js';
import { sendBytes } from '../streams/bytes.js';
import { JsonLines } from '../streams/json-lines.js';
import { image, orNotFound } from './objects.js';

/** All of the builder: a request as JSON, a tar of its context behind it where it says so, and events, one a line, until a result or an error. */
async function build(call: Call): Promise<undefined> {
  const request = await readCaissonBuild(call);
  const lines = new JsonLines<CaissonBuildLine>(call.response);
  lines.begin();
  try {
    const task = call.engine.build(request, { signal: call.signal });
    for await (const event of task) await lines.send({ event });
    await lines.send({ result: await task });
  } catch (error) {
    if (call.response.destroyed) return undefined;
    await lines.send({ error: errorLine(error) });
  }
  lines.end();
  return undefined;
}

/** An error with all that CaissonError has, so that the other side can throw it again. */
export function errorLine(error: unknown): ErrorLine {
  if (!isCaissonError(error)) return { code: error instanceof ApiError && error.status < 500 ? 'invalid-argument' : 'internal', message: error instanceof Error ? error.message : String(error) };
  const { code, message, hint, range, details } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }), ...(range ? { range } : {}), ...(details ? { details } : {}) };
}

async function layers(call: Call): Promise<Reply> {
  await image(call);
  return ok(await call.engine.images.layers(call.param('name'), viewOptions(call)));
}

async function files(call: Call): Promise<Reply> {
  await image(call);
  const layer = layerOf(call);
  const view = await call.engine.images.files(call.param('name'), { ...viewOptions(call), ...(layer === undefined ? {} : { layer }) });
  const path = call.query.text('path') ?? '';
  return ok({ totals: view.totals, files: await orNotFound(view.children(path), `no such folder: ${path}`) });
}

async function readFile(call: Call): Promise<undefined> {
  await image(call);
  const path = call.query.text('path');
  if (path === undefined) throw badRequest('the path is missing');
  const layer = layerOf(call);
  const { file, data } = await orNotFound(call.engine.images.readFile(call.param('name'), path, { ...viewOptions(call), ...(layer === undefined ? {} : { layer }) }), `no such file: ${path}`);
  await sendBytes(call, data, { 'Content-Type': 'application/octet-stream', 'X-Caisson-File': Buffer.from(JSON.stringify(file)).toString('base64') });
  return undefined;
}

async function compare(call: Call): Promise<Reply> {
  const [a, b] = [call.query.text('a'), call.query.text('b')];
  if (a === undefined || b === undefined) throw badRequest('both images, a and b, are needed');
  await image(call, a);
  await image(call, b);
  return ok(await call.engine.images.compare(a, b, viewOptions(call)));
}

function viewOptions(call: Call): OnePlatform {
  const platform = call.query.text('platform');
  return { signal: call.signal, ...(platform === undefined ? {} : { platform: parsePlatform(platform) }) };
}

function layerOf(call: Call): number | undefined {
  const layer = call.query.integer('layer');
  if (layer !== undefined && layer < 0) throw badRequest('layers are counted from 0');
  return layer;
}

async function history(call: Call): Promise<Reply> {
  return ok(await call.engine.builds.history());
}

async function cache(call: Call): Promise<Reply> {
  return ok(await call.engine.builds.cache());
}

async function info(call: Call): Promise<Reply> {
  return ok(await call.engine.system.info());
}

/** Caisson's own endpoints, for what docker's API has no place for. */
export const caissonRoutes: readonly Route<Handler>[] = [
  { method: 'GET', path: '/caisson/v1/info', handler: info },
  { method: 'POST', path: '/caisson/v1/build', handler: build },
  { method: 'GET', path: '/caisson/v1/builds', handler: history },
  { method: 'GET', path: '/caisson/v1/builds/cache', handler: cache },
  { method: 'GET', path: '/caisson/v1/images/compare', handler: compare },
  { method: 'GET', path: '/caisson/v1/images/{name*}/layers', handler: layers },
  { method: 'GET', path: '/caisson/v1/images/{name*}/files', handler: files },
  { method: 'GET', path: '/caisson/v1/images/{name*}/file', handler: readFile },
];
