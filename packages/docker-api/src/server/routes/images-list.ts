import { familiarReference, familiarRepository, parseReference, type ImageSummary as Listed } from '@caisson/core';
import { encodeImageSummary } from '../../encode/image.js';
import { ok, type Call, type Reply } from '../http/call.js';
import { Filters, parseDuration } from '../http/filters.js';
import { matchesGlob } from '../http/pattern.js';
import { parseTime } from '../http/query.js';
import { encodeManifests, usersOfImages } from './image-manifests.js';
import { image } from './objects.js';

const known = ['before', 'dangling', 'label', 'label!', 'reference', 'since', 'until'];

/** `GET /images/json` */
export async function listImages(call: Call): Promise<Reply> {
  const { query, minor } = call;
  const filters = Filters.of(query, known);
  const references = [...filters.all('reference'), ...query.all('filter')];
  const before = await referencePoint(call, filters, 'before');
  const since = await referencePoint(call, filters, 'since');
  const until = filters.all('until').map((text) => new Date(parseDuration(text) === undefined ? parseTime(text, 'until') : Date.now() - (parseDuration(text) ?? 0)).getTime());
  const dangling = filters.flag('dangling');
  const images: Listed[] = [];
  for (const record of await call.engine.images.list()) {
    if (dangling !== undefined && dangling !== (record.names.length === 0)) continue;
    const named = references.length === 0 ? record : { ...record, names: record.names.filter((name) => references.some((pattern) => isNamed(name, pattern))) };
    if (references.length > 0 && named.names.length === 0) continue;
    const listed = await call.daemon.imageFacts.describe(named);
    const at = listed.created?.getTime() ?? 0;
    if ((before !== undefined && at >= before) || (since !== undefined && at <= since) || until.some((time) => at >= time)) continue;
    if (!filters.labels(listed.labels) || filters.all('label!').some((label) => new Filters(new Map([['label', [label]]])).labels(listed.labels))) continue;
    images.push(listed);
  }
  images.sort((a, b) => (b.created?.getTime() ?? 0) - (a.created?.getTime() ?? 0));
  const users = query.flag('manifests') || query.flag('shared-size') ? await usersOfImages(call) : undefined;
  const bodies = images.map((one) => encodeImageSummary(one, { minor, ...(users ? { containers: users.get(one.id)?.length ?? 0 } : {}) }));
  if (!query.flag('manifests') || minor < 47) return ok(bodies);
  return ok(await Promise.all(bodies.map(async (body, place) => ({ ...body, Manifests: await encodeManifests(call, images[place]?.target.digest ?? body.Id, users ?? new Map()) }))));
}

async function referencePoint(call: Call, filters: Filters, name: 'before' | 'since'): Promise<number | undefined> {
  const [of] = filters.all(name);
  if (of === undefined) return undefined;
  const { config } = await image(call, of);
  return Date.parse(config.created ?? '') || 0;
}

/** A pattern is of the repository, with or without the tag; slashes in it count. */
function isNamed(full: string, pattern: string): boolean {
  const reference = parseReference(full);
  const familiar = familiarReference(reference);
  const repository = familiarRepository(reference);
  return [full, familiar, repository].some((name) => matchesGlob(pattern, name));
}
