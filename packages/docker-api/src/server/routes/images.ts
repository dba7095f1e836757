import { familiarReference, isCaissonError, parseReference } from '@caisson/core';
import { encodeHistory, encodeImage } from '../../encode/image.js';
import type { ImageDeleteItem } from '../../types/image.js';
import { badRequest, conflict } from '../http/api-error.js';
import { ok, type Call, type Handler, type Reply } from '../http/call.js';
import { Filters } from '../http/filters.js';
import type { Route } from '../http/router.js';
import { shared } from '../http/turn.js';
import { registryAuth } from '../requests/auth.js';
import { listImages } from './images-list.js';
import { encodeManifests, usersOfImages } from './image-manifests.js';
import { image, jsonPlatform } from './objects.js';

async function inspect(call: Call): Promise<Reply> {
  const platform = jsonPlatform(call);
  const found = await image(call, call.param('name'), platform);
  const body = encodeImage(found, call.minor);
  return ok(call.query.flag('manifests') && call.minor >= 48 ? { ...body, Manifests: await encodeManifests(call, found.target.digest, await usersOfImages(call)) } : body);
}

async function history(call: Call): Promise<Reply> {
  return ok(encodeHistory(await image(call, call.param('name'), jsonPlatform(call))));
}

async function tag(call: Call): Promise<Reply> {
  const repo = call.query.text('repo');
  if (repo === undefined) throw badRequest('invalid reference format: the repository is missing');
  const wanted = call.query.text('tag');
  const { target } = await image(call);
  await call.engine.images.tag(target.digest, wanted === undefined ? repo : `${repo}:${wanted}`);
  return { status: 201 };
}

async function remove(call: Call): Promise<Reply> {
  const name = call.param('name');
  const found = await image(call);
  try {
    const { untagged, deleted } = await call.engine.images.remove(name, { force: call.query.flag('force') });
    return ok(deletions(untagged, deleted));
  } catch (error) {
    if (!isCaissonError(error, 'in-use')) throw error;
    const id = found.id.replace('sha256:', '').slice(0, 12);
    const several = error.message.includes('several names');
    const user = /used by container (\S+) \((\w+)\)/.exec(error.message);
    if (several) throw conflict(`conflict: unable to delete ${id} (must be forced) - image is referenced in multiple repositories`);
    if (!user) throw conflict(`conflict: unable to delete ${id}: ${error.message}`);
    const holder = await call.engine.containers.get(user[1] ?? '').then(
      (one) => one.id.slice(0, 12),
      () => user[1] ?? '',
    );
    const running = user[2] === 'running' || user[2] === 'paused';
    if (name.replace('sha256:', '').startsWith(id)) throw conflict(`conflict: unable to delete ${id} (${running ? 'cannot be forced' : 'must be forced'}) - image is being used by ${running ? 'running' : 'stopped'} container ${holder}`);
    throw conflict(`conflict: unable to remove repository reference "${name}" (must force) - container ${holder} is using its referenced image ${id}`);
  }
}

function deletions(untagged: readonly string[], deleted: readonly string[]): ImageDeleteItem[] {
  return [...untagged.map((name) => ({ Untagged: familiarReference(parseReference(name)) })), ...deleted.map((id) => ({ Deleted: id }))];
}

async function prune(call: Call): Promise<Reply> {
  const filters = Filters.of(call.query, ['dangling', 'until', 'label', 'label!']);
  const all = filters.flag('dangling') === false;
  const { images, bytes } = await call.engine.images.prune({ ...filters.prune(), all });
  const items = images.flatMap(({ untagged, deleted }) => deletions(untagged, deleted));
  return ok({ ImagesDeleted: items.length > 0 ? items : null, SpaceReclaimed: bytes });
}

async function search(call: Call): Promise<Reply> {
  const term = call.query.text('term');
  if (term === undefined) throw badRequest('the term to search for is missing');
  const filters = Filters.of(call.query, ['is-automated', 'is-official', 'stars']);
  const limit = call.query.integer('limit') ?? 25;
  if (limit < 1 || limit > 100) throw badRequest(`limit ${limit} is outside the range of [1, 100]`);
  const official = filters.flag('is-official');
  const stars = Number(filters.all('stars')[0] ?? 0);
  if (!Number.isSafeInteger(stars)) throw badRequest(`invalid filter 'stars'`);
  const credentials = registryAuth(call);
  const found = await call.engine.registries.search(term, { limit, signal: call.signal, ...(credentials ? { credentials } : {}) });
  const kept = found.filter((one) => one.stars >= stars && (official === undefined || one.official === official) && filters.flag('is-automated') !== true);
  return ok(kept.map((one) => ({ star_count: one.stars, is_official: one.official, name: one.name, is_automated: false, description: one.description })));
}

export const imageRoutes: readonly Route<Handler>[] = [
  { method: 'GET', path: '/images/json', handler: shared(listImages) },
  { method: 'GET', path: '/images/search', handler: search },
  { method: 'POST', path: '/images/prune', handler: prune },
  { method: 'GET', path: '/images/{name*}/json', handler: inspect },
  { method: 'GET', path: '/images/{name*}/history', handler: history },
  { method: 'POST', path: '/images/{name*}/tag', handler: tag },
  { method: 'DELETE', path: '/images/{name*}', handler: remove },
];
