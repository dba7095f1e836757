import { familiarReference, familiarRepository, formatReference, isCaissonError, parsePlatform, parseReference, withDefaultTag, type Digest, type ImageRecord, type Platform, type Reference, type Task } from '@caisson/core';
import type { ProgressLine } from '../../types/progress.js';
import { ApiError, badRequest, notFound } from '../http/api-error.js';
import type { Call, Handler } from '../http/call.js';
import type { Route } from '../http/router.js';
import { registryAuth } from '../requests/auth.js';
import { withProgress, type JsonLines } from '../streams/json-lines.js';
import { TransferLines } from '../streams/transfer-progress.js';
import { importImage } from './images-archive.js';
import { image, jsonPlatform } from './objects.js';

/** `POST /images/create`: a pull, or with `fromSrc` an import. */
async function create(call: Call): Promise<undefined> {
  const name = call.query.text('fromImage');
  if (name === undefined) return importImage(call);
  const tag = call.query.text('tag');
  const joined = tag === undefined || tag.startsWith('sha256:') ? `${name}${tag === undefined ? '' : `@${tag}`}` : `${name}:${tag}`;
  const reference = withDefaultTag(parseReference(joined));
  const platformText = call.query.text('platform');
  const platform = platformText === undefined ? undefined : parsePlatform(platformText);
  const credentials = registryAuth(call);
  await withProgress(call.response, async (lines) => {
    const task = call.engine.images.pull(formatReference(reference), { signal: call.signal, ...(platform ? { platform } : {}), ...(credentials ? { credentials } : {}) });
    const before = await digestOf(call, reference);
    const progress = new TransferLines('pull');
    const told = new Heading(lines, { status: `Pulling from ${reference.domain === 'docker.io' ? reference.path : familiarRepository(reference)}`, id: reference.tag ?? reference.digest ?? '' });
    try {
      await follow(task, progress, told);
    } catch (error) {
      throw pullFailure(error, reference);
    }
    await told.say();
    const { target } = await task;
    await lines.send({ status: `Digest: ${target.digest}` });
    await lines.send({ status: `Status: ${before === target.digest ? 'Image is up to date for' : 'Downloaded newer image for'} ${familiarReference(reference)}` });
  });
  return undefined;
}

/** The first line of a transfer: only sent when the registry has answered, so that its refusal can still be an ordinary one. */
class Heading {
  readonly lines: JsonLines<ProgressLine>;
  readonly #line: ProgressLine;
  #said = false;

  constructor(lines: JsonLines<ProgressLine>, line: ProgressLine) {
    this.lines = lines;
    this.#line = line;
  }

  async say(): Promise<void> {
    if (this.#said) return;
    this.#said = true;
    await this.lines.send(this.#line);
  }
}

async function follow<T>(task: Task<T>, progress: TransferLines, told: Heading): Promise<void> {
  for await (const step of task) {
    await told.say();
    const line = progress.line(step);
    if (line) await told.lines.send(line);
  }
}

async function digestOf(call: Call, reference: Reference): Promise<Digest | undefined> {
  const found: ImageRecord | undefined = await call.engine.images.get(formatReference(reference)).catch(() => undefined);
  return found?.target.digest;
}

/** docker's words, from which its clients tell a wrong name from a wrong login. */
function pullFailure(error: unknown, reference: Reference): unknown {
  const name = familiarRepository(reference);
  if (isCaissonError(error, 'unauthorized', 'denied')) return new ApiError(404, `pull access denied for ${name}, repository does not exist or may require 'docker login': denied: ${error.message}`, { cause: error });
  if (isCaissonError(error, 'not-found') && error.details?.platforms === undefined) return notFound(`manifest for ${familiarReference(reference)} not found: manifest unknown: ${error.message}`);
  return error;
}

function pushFailure(error: unknown): unknown {
  if (isCaissonError(error, 'unauthorized')) return new ApiError(401, `unauthorized: authentication required: ${error.message}`, { cause: error });
  if (isCaissonError(error, 'denied')) return new ApiError(403, `denied: requested access to the resource is denied: ${error.message}`, { cause: error });
  return error;
}

async function push(call: Call): Promise<undefined> {
  const name = call.param('name');
  const given = parseReference(name);
  if (given.digest) throw badRequest('cannot push a digest reference');
  const tag = call.query.text('tag') ?? given.tag;
  const references = tag === undefined ? await allTags(call, given) : [parseReference(`${familiarRepository(given)}:${tag}`)];
  if (tag !== undefined) await image(call, formatReference(withDefaultTag({ ...given, tag })));
  const credentials = registryAuth(call);
  const platform: Platform | undefined = jsonPlatform(call);
  await withProgress(call.response, async (lines) => {
    const told = new Heading(lines, { status: `The push refers to repository [${given.domain}/${given.path}]` });
    // A refusal as a status would have docker's command line ask for a password.
    await told.say();
    for (const reference of references) {
      const task = call.engine.images.push(formatReference(reference), { signal: call.signal, ...(platform ? { platform } : {}), ...(credentials ? { credentials } : {}) });
      await follow(task, new TransferLines('push'), told).catch((error: unknown) => {
        throw pushFailure(error);
      });
      const digest = await task;
      const { target } = await call.engine.images.get(formatReference(reference));
      await lines.send({ status: `${reference.tag}: digest: ${digest} size: ${target.size}` });
      await lines.send({ progressDetail: {}, aux: { Tag: reference.tag ?? '', Digest: digest, Size: target.size } });
    }
  });
  return undefined;
}

async function allTags(call: Call, { domain, path }: Reference): Promise<Reference[]> {
  const tags = (await call.engine.images.list()).flatMap(({ names }) => names.map(parseReference)).filter((other) => other.domain === domain && other.path === path && other.tag !== undefined);
  if (tags.length === 0) throw notFound(`An image does not exist locally with the tag: ${familiarRepository({ domain, path })}`);
  return tags;
}

export const imageTransferRoutes: readonly Route<Handler>[] = [
  { method: 'POST', path: '/images/create', handler: create },
  { method: 'POST', path: '/images/{name*}/push', handler: push },
];
