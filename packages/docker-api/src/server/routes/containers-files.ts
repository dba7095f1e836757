import { isCaissonError, type PathStat } from '@caisson/core';
import { goFileMode } from '../../encode/file-mode.js';
import { ApiError, badRequest, notFound } from '../http/api-error.js';
import type { Call, Handler, Reply } from '../http/call.js';
import type { Route } from '../http/router.js';
import { sendBytes } from '../streams/bytes.js';
import { container } from './objects.js';

async function statPath(call: Call): Promise<Reply> {
  const { id } = await container(call);
  const stat = await inDockersWords(call, call.engine.containers.stat(id, path(call)));
  return { status: 200, headers: statHeaders(stat) };
}

async function readPath(call: Call): Promise<undefined> {
  const { id } = await container(call);
  const { stat, tar } = await inDockersWords(call, call.engine.containers.read(id, path(call), { signal: call.signal }));
  await sendBytes(call, tar, { 'Content-Type': 'application/x-tar', ...statHeaders(stat) });
  return undefined;
}

async function writePath(call: Call): Promise<Reply> {
  const { id } = await container(call);
  const keepTypes = call.query.flag('noOverwriteDirNonDir');
  const keepOwners = call.query.flag('copyUIDGID');
  try {
    await inDockersWords(call, call.engine.containers.write(id, path(call), call.request as AsyncIterable<Uint8Array>, { keepTypes, keepOwners, signal: call.signal }));
  } catch (error) {
    if (isCaissonError(error, 'denied', 'read-only')) throw new ApiError(403, error.message, { cause: error });
    throw error;
  }
  return { status: 200 };
}

async function exportContainer(call: Call): Promise<undefined> {
  const { id } = await container(call);
  await sendBytes(call, call.engine.containers.export(id, { signal: call.signal }), { 'Content-Type': 'application/octet-stream' });
  return undefined;
}

function path(call: Call): string {
  const value = call.query.text('path');
  if (value === undefined) throw badRequest('bad parameter: "path" cannot be empty');
  if (value.includes('\0')) throw badRequest('bad parameter: "path" has a NUL byte');
  return value;
}

async function inDockersWords<T>(call: Call, done: Promise<T>): Promise<T> {
  try {
    return await done;
  } catch (error) {
    if (isCaissonError(error, 'not-found')) throw notFound(`Could not find the file ${path(call)} in container ${call.param('name')}`);
    throw error;
  }
}

function statHeaders({ name, size, mode, modified, linkTarget }: PathStat): Record<string, string> {
  const stat = { name, size, mode: goFileMode(mode), mtime: modified.toISOString(), linkTarget };
  return { 'X-Docker-Container-Path-Stat': Buffer.from(JSON.stringify(stat)).toString('base64') };
}

export const containerFileRoutes: readonly Route<Handler>[] = [
  { method: 'HEAD', path: '/containers/{name}/archive', handler: statPath },
  { method: 'GET', path: '/containers/{name}/archive', handler: readPath },
  { method: 'PUT', path: '/containers/{name}/archive', handler: writePath },
  { method: 'GET', path: '/containers/{name}/export', handler: exportContainer },
];
