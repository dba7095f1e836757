import { isDeepStrictEqual } from 'node:util';
import { isCaissonError } from '@caisson/core';
import { encodeVolume } from '../../encode/volume.js';
import { badRequest, conflict } from '../http/api-error.js';
import { anything, object, text, textMap } from '../http/check.js';
import { created, noContent, ok, type Call, type Handler, type Reply } from '../http/call.js';
import { Filters } from '../http/filters.js';
import { matchesPattern } from '../http/pattern.js';
import type { Route } from '../http/router.js';
import { shared } from '../http/turn.js';
import { volume } from './objects.js';

const createShape = object({ Name: text, Driver: text, DriverOpts: textMap, Labels: textMap, ClusterVolumeSpec: anything });

async function list(call: Call): Promise<Reply> {
  const filters = Filters.of(call.query, ['dangling', 'driver', 'label', 'name']);
  const dangling = filters.flag('dangling');
  const used = dangling === undefined ? undefined : await usedVolumes(call);
  const volumes = (await call.engine.volumes.list()).filter(
    ({ name, driver, labels }) =>
      filters.some('name', (pattern) => matchesPattern(pattern, name)) && filters.some('driver', (wanted) => wanted === driver) && filters.labels(labels) && (used === undefined || used.has(name) !== dangling),
  );
  return ok({ Volumes: volumes.map((one) => encodeVolume(one)), Warnings: null });
}

async function usedVolumes(call: Call): Promise<Set<string>> {
  const containers = await call.engine.containers.list({ all: true });
  return new Set(containers.flatMap(({ mounts }) => mounts.flatMap((mount) => mount.volume ?? [])));
}

async function create(call: Call): Promise<Reply> {
  const { Name: name, Driver: driver, DriverOpts: options, Labels: labels, ClusterVolumeSpec: cluster } = await call.json(createShape, {});
  if (cluster !== undefined) throw badRequest('this node is not a swarm manager: cluster volumes cannot be created');
  if (driver !== undefined && driver !== '' && driver !== 'local') throw badRequest(`error looking up volume plugin ${driver.slice(0, 60)}: plugin "${driver.slice(0, 60)}" not found`);
  if (name !== undefined && name !== '') {
    const existing = (await call.engine.volumes.list()).find((other) => other.name === name);
    // The same once more is no error; another of the same name is one.
    if (existing) {
      if (options && !isDeepStrictEqual({ ...options }, { ...existing.options })) throw conflict(`create ${name}: conflict: volume name must be unique`);
      return created(encodeVolume(existing));
    }
  }
  return created(encodeVolume(await call.engine.volumes.create({ ...(name ? { name } : {}), ...(labels ? { labels } : {}), ...(options ? { options } : {}) })));
}

async function inspect(call: Call): Promise<Reply> {
  return ok(encodeVolume(await volume(call)));
}

async function remove(call: Call): Promise<Reply> {
  const force = call.query.flag('force');
  const name = call.param('name');
  try {
    await volume(call);
  } catch (error) {
    if (force) return noContent;
    throw error;
  }
  try {
    await call.engine.volumes.remove(name);
  } catch (error) {
    if (!isCaissonError(error, 'in-use')) throw error;
    const users = (await call.engine.containers.list({ all: true })).filter(({ mounts }) => mounts.some((mount) => mount.volume === name));
    throw conflict(`remove ${name}: volume is in use - [${users.map(({ id }) => id).join(', ')}]`);
  }
  return noContent;
}

async function prune(call: Call): Promise<Reply> {
  const filters = Filters.of(call.query, ['all', 'label', 'label!']);
  // Before API 1.42, named volumes were pruned as well.
  const all = filters.flag('all') ?? call.minor < 42;
  const { volumes, bytes } = await call.engine.volumes.prune({ ...filters.prune(), all });
  return ok({ VolumesDeleted: volumes.length > 0 ? volumes : null, SpaceReclaimed: bytes });
}

/** Only volumes of a cluster can be changed. */
async function update(call: Call): Promise<never> {
  await volume(call);
  throw badRequest('only cluster volumes can be updated, and this node is not a swarm manager');
}

export const volumeRoutes: readonly Route<Handler>[] = [
  { method: 'GET', path: '/volumes', handler: shared(list) },
  { method: 'POST', path: '/volumes/create', handler: create },
  { method: 'POST', path: '/volumes/prune', handler: prune },
  { method: 'GET', path: '/volumes/{name}', handler: shared(inspect) },
  { method: 'PUT', path: '/volumes/{name}', handler: update },
  { method: 'DELETE', path: '/volumes/{name}', handler: remove },
];
