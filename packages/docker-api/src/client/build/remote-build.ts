import { readFileSync } from 'node:fs';
import { isAbsolute, join, relative, resolve, sep } from 'node:path';
import { CaissonError, fromSystemError, type BuildEvent, type BuildRequest, type BuildResult, type Digest, type OnProgress, type StoredImage } from '@caisson/core';
import type { ProgressLine } from '../../types/progress.js';
import type { ApiClient } from '../api-client.js';
import type { Credentials } from '../engine/registry-auth.js';
import { registryConfig } from '../engine/registry-auth.js';
import { jsonLines } from '../streams/json-lines.js';
import { buildQuery, checkClassic } from './build-query.js';
import { ClassicEvents } from './classic-events.js';
import { contextTar } from './context-tar.js';

/** Name of a Dockerfile that is not in the context, in the tar that is sent. */
const sentDockerfile = '.dockerfile.caisson';

/** What is sent of a request: the tar of its context (nothing for a URL), and where in it the Dockerfile is. */
export interface SentContext {
  readonly body: AsyncIterable<Uint8Array> | undefined;
  readonly dockerfile: string;
}

/** @throws CaissonError `not-found`, `denied`, `unsupported` */
export function sendContext({ context, dockerfile }: BuildRequest, signal: AbortSignal | undefined): SentContext {
  const call = signal ? { signal } : {};
  switch (context.kind) {
    case 'stream':
      if (dockerfile && 'text' in dockerfile) throw new CaissonError('unsupported', 'a Dockerfile of its own beside a context from a stream cannot be sent to a remote host');
      return { body: context.stream, dockerfile: dockerfile?.path ?? 'Dockerfile' };
    case 'url':
      if (dockerfile && 'text' in dockerfile) throw new CaissonError('unsupported', 'a Dockerfile of its own beside a context from a URL cannot be sent to a remote host');
      return { body: undefined, dockerfile: dockerfile?.path ?? 'Dockerfile' };
    case 'none': {
      if (!dockerfile) throw new CaissonError('invalid-argument', 'there is neither a context nor a Dockerfile');
      return { body: onlyDockerfile('text' in dockerfile ? dockerfile.text : read(dockerfile.path)), dockerfile: 'Dockerfile' };
    }
    case 'folder': {
      if (context.fill) throw new CaissonError('unsupported', 'a context that another client is to send cannot be passed on to a remote host');
      if (dockerfile && 'text' in dockerfile) return { body: contextTar(context.path, { dockerfile: sentDockerfile, extra: { [sentDockerfile]: dockerfile.text }, ...call }), dockerfile: sentDockerfile };
      const path = dockerfile?.path === undefined ? join(context.path, 'Dockerfile') : resolve(dockerfile.path);
      const inContext = relative(resolve(context.path), path);
      if (inContext.startsWith('..') || isAbsolute(inContext)) return { body: contextTar(context.path, { dockerfile: sentDockerfile, extra: { [sentDockerfile]: read(path) }, ...call }), dockerfile: sentDockerfile };
      read(path); // before anything is sent: is it there?
      const name = inContext.replaceAll(sep, '/');
      return { body: contextTar(context.path, { dockerfile: name, ...call }), dockerfile: name };
    }
  }
}

async function* onlyDockerfile(text: string): AsyncGenerator<Uint8Array, void> {
  const { tarEntry, TarWriter, rawPath } = await import('@caisson/core');
  const content = Buffer.from(text);
  const chunks: Uint8Array[] = [];
  const writer = new TarWriter((chunk) => chunks.push(Uint8Array.from(chunk)), { bufferSize: 16 * 1024 });
  writer.add(tarEntry({ path: rawPath('Dockerfile'), type: 'file', size: content.length }), content);
  writer.finish();
  yield* chunks;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw fromSystemError(error, `reading ${path}`);
  }
}

export interface BuildParts {
  readonly client: ApiClient;
  readonly credentials: Credentials | undefined;
  /** The image that came out. */
  readonly get: (id: string) => Promise<StoredImage>;
}

/** Builds through docker's classic endpoint. */
export async function buildClassic({ client, credentials, get }: BuildParts, request: BuildRequest, report: OnProgress<BuildEvent>, signal: AbortSignal | undefined): Promise<BuildResult> {
  checkClassic(request);
  const { body, dockerfile } = sendContext(request, signal);
  const answer = await client.stream({
    method: 'POST',
    path: '/build',
    query: buildQuery(request, dockerfile),
    headers: { 'Content-Type': 'application/x-tar', ...(await registryConfig(credentials, registries(request))) },
    ...(body ? { body } : {}),
    ...(signal ? { signal } : {}),
  });
  const events = new ClassicEvents(report);
  for await (const line of jsonLines<ProgressLine>(answer)) events.take(line);
  events.end();
  const name = events.imageId;
  if (name === undefined) throw new CaissonError('internal', "the engine's build ended without an image");
  return resultOf(await get(name), events.steps);
}

export function resultOf({ id, target, descriptor, config }: StoredImage, steps: BuildResult['steps']): BuildResult {
  const { os, architecture, variant } = config;
  return { root: target, imageId: id as Digest, images: [{ platform: { os, architecture, ...(variant === undefined ? {} : { variant }) }, manifest: descriptor, imageId: id, config }], steps };
}

/** Whose credentials may be needed: the hub's, and those of the names in the request. */
function registries({ tags = [], cacheFrom = [] }: BuildRequest): string[] {
  return [...new Set(['docker.io', ...tags.map(({ domain }) => domain), ...cacheFrom.flatMap((from) => ('reference' in from && from.reference ? [from.reference.domain] : []))])];
}
