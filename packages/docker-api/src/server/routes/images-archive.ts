import { familiarReference, parsePlatform, parseReference, withDefaultTag } from '@caisson/core';
import { badRequest, notFound } from '../http/api-error.js';
import type { Call, Handler } from '../http/call.js';
import type { Route } from '../http/router.js';
import { withProgress } from '../streams/json-lines.js';
import { sendBytes } from '../streams/bytes.js';
import { image, jsonPlatform } from './objects.js';

/** `POST /images/create?fromSrc=…`: an image of one layer, from a tar in the body (`-`) or at a URL. */
export async function importImage(call: Call): Promise<undefined> {
  const { query } = call;
  const source = query.text('fromSrc');
  if (source === undefined) throw badRequest('one of fromImage and fromSrc is required');
  const repo = query.text('repo');
  const tag = query.text('tag');
  const message = query.text('message') ?? (source === '-' ? 'Imported from -' : `Imported from ${source}`);
  const name = repo === undefined ? undefined : withDefaultTag(parseReference(tag === undefined ? repo : `${repo}:${tag}`));
  const platformText = query.text('platform');
  const changes = query.all('changes').flatMap((text) => text.split('\n')).filter((line) => line.trim() !== '');
  await withProgress(call.response, async (lines) => {
    const { id } = await call.engine.images.import(source === '-' ? (call.request as AsyncIterable<Uint8Array>) : await download(source, call.signal), {
      message,
      signal: call.signal,
      ...(name ? { name } : {}),
      ...(changes.length > 0 ? { changes } : {}),
      ...(platformText === undefined ? {} : { platform: parsePlatform(platformText) }),
    });
    await lines.send({ status: id });
  });
  return undefined;
}

async function download(url: string, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  if (!/^https?:\/\//.test(url)) throw badRequest('fromSrc must be - or a URL of http or https');
  const reply = await fetch(url, { signal });
  if (!reply.ok || !reply.body) throw notFound(`${url} answered with status ${reply.status}`);
  return reply.body as AsyncIterable<Uint8Array>;
}

/** `POST /images/load` */
async function load(call: Call): Promise<undefined> {
  const platform = jsonPlatform(call);
  await withProgress(call.response, async (lines) => {
    const records = await call.engine.images.load(call.request as AsyncIterable<Uint8Array>, { signal: call.signal, ...(platform ? { platform } : {}) });
    for (const { id, names } of records) {
      const tags = names.map(parseReference).filter((reference) => reference.tag !== undefined);
      if (tags.length === 0) await lines.send({ stream: `Loaded image ID: ${id}\n` });
      for (const reference of tags) await lines.send({ stream: `Loaded image: ${familiarReference(reference)}\n` });
    }
    if (records.length === 0) throw badRequest('the archive holds no image');
  });
  return undefined;
}

async function saveOne(call: Call): Promise<undefined> {
  await save(call, [call.param('name')]);
  return undefined;
}

async function saveSeveral(call: Call): Promise<undefined> {
  const names = call.query.all('names').flatMap((name) => name.split(','));
  if (names.length === 0) throw badRequest('no image names were given');
  await save(call, names);
  return undefined;
}

async function save(call: Call, names: readonly string[]): Promise<void> {
  const platform = jsonPlatform(call);
  for (const name of names) await image(call, name, platform);
  await sendBytes(call, call.engine.images.save(names, { signal: call.signal, ...(platform ? { platform } : {}) }), { 'Content-Type': 'application/x-tar' });
}

export const imageArchiveRoutes: readonly Route<Handler>[] = [
  { method: 'POST', path: '/images/load', handler: load },
  { method: 'GET', path: '/images/get', handler: saveSeveral },
  { method: 'GET', path: '/images/{name*}/get', handler: saveOne },
];
