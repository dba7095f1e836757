import { isCaissonError } from '@caisson/core';
import { badRequest, conflict, notFound } from '../http/api-error.js';
import { created, noContent, type Call, type Reply } from '../http/call.js';
import type { Handler } from '../http/call.js';
import type { Route } from '../http/router.js';
import { createRequest } from '../requests/container-create.js';
import { readContainerOptions } from '../requests/container-options.js';
import { container, imageWords } from './objects.js';

async function create(call: Call): Promise<Reply> {
  const request = await call.json(createRequest);
  const options = readContainerOptions(request, { name: call.query.text('name'), platform: call.query.text('platform') });
  if (options.image === '') throw badRequest('no command specified: the request names no image');
  try {
    const { id, warnings = [] } = await call.engine.containers.create(options, { signal: call.signal });
    return created({ Id: id, Warnings: warnings });
  } catch (error) {
    throw await inDockersWords(call, error, options);
  }
}

/** Clients pull on the first, and tell their users whose the name is on the second. */
async function inDockersWords(call: Call, error: unknown, options: { readonly image: string; readonly name?: string }): Promise<unknown> {
  if (isCaissonError(error, 'not-found') && !(await hasImage(call, options.image))) return notFound(`No such image: ${imageWords(options.image)}`);
  if (isCaissonError(error, 'in-use') && options.name !== undefined && error.details?.name === options.name) return nameTaken(options.name, String(error.details.container));
  if (isCaissonError(error, 'invalid-argument') && error.message.startsWith('no command was given')) return badRequest('no command specified');
  if (isCaissonError(error, 'not-found') && error.message.startsWith('the mount source')) return badRequest(`invalid mount config for type "bind": bind source path does not exist: ${error.message.split(' ')[3] ?? ''}`);
  return error;
}

async function hasImage(call: Call, name: string): Promise<boolean> {
  return call.engine.images.get(name).then(
    () => true,
    () => false,
  );
}

function nameTaken(name: string, holder: string) {
  return conflict(`Conflict. The container name "/${name}" is already in use by container "${holder}". You have to remove (or rename) that container to be able to reuse that name.`);
}

async function rename(call: Call): Promise<Reply> {
  const name = call.query.text('name')?.replace(/^\//, '');
  if (name === undefined) throw badRequest('Neither old nor new names may be empty');
  const { id, name: old } = await container(call);
  if (name === old) throw badRequest(`Renaming a container with the same name as its current name`);
  try {
    await call.engine.containers.rename(id, name);
  } catch (error) {
    if (!isCaissonError(error, 'in-use')) throw error;
    const holder = await call.engine.containers.get(name);
    throw nameTaken(name, holder.id);
  }
  return noContent;
}

export const containerCreateRoutes: readonly Route<Handler>[] = [
  { method: 'POST', path: '/containers/create', handler: create },
  { method: 'POST', path: '/containers/{name}/rename', handler: rename },
];
