import { CaissonError, familiarReference, formatPlatform, formatReference, type BuildEvent, type BuildOutput, type BuildRequest, type BuildResult, type BuildSecret, type CacheLocation, type OnProgress, type OutputCompression } from '@caisson/core';
import { resolve } from 'node:path';
import type { CaissonBuildLine, CaissonBuildOutput, CaissonBuildRequest, CaissonCacheLocation } from '../../types/caisson.js';
import type { ApiClient } from '../api-client.js';
import { sendContext } from '../build/remote-build.js';
import { jsonLines } from '../streams/json-lines.js';

/**
 * Builds through Caisson's own endpoint: every feature of the builder, and its events as they are. Where the daemon is on this host it reads
 * the context itself; else the context is sent.
 * @throws CaissonError as the daemon's engine threw it; `unsupported` for what cannot be told over a connection
 */
export async function buildOnCaisson(client: ApiClient, sameHost: boolean, request: BuildRequest, report: OnProgress<BuildEvent>, signal: AbortSignal | undefined): Promise<BuildResult> {
  if (request.debug) throw new CaissonError('unsupported', 'a step that failed can be looked into only where the build runs');
  const { context, body, dockerfile } = place(request, sameHost, signal);
  const answer = await client.stream({
    method: 'POST',
    path: '/caisson/v1/build',
    body: lineAndBody({ ...plain(request), context, ...(dockerfile ? { dockerfile } : {}) }, body),
    headers: { 'Content-Type': 'application/octet-stream' },
    ...(signal ? { signal } : {}),
  });
  for await (const line of jsonLines<CaissonBuildLine>(answer)) {
    if ('event' in line) report(line.event);
    else if ('result' in line) return line.result;
    else {
      const { code, message, ...rest } = line.error;
      throw new CaissonError(code, message, rest);
    }
  }
  throw new CaissonError('unavailable', 'the daemon ended the build without a result');
}

type Placed = Pick<CaissonBuildRequest, 'context' | 'dockerfile'> & { readonly body?: AsyncIterable<Uint8Array> };

function place(request: BuildRequest, sameHost: boolean, signal: AbortSignal | undefined): Placed {
  const { context, dockerfile } = request;
  if (context.kind === 'url' || (context.kind === 'none' && (sameHost || !dockerfile || 'text' in dockerfile))) return { context, ...(dockerfile ? { dockerfile } : {}) };
  if (sameHost && context.kind === 'folder' && !context.fill) {
    const file = dockerfile && 'path' in dockerfile ? { path: resolve(dockerfile.path) } : dockerfile;
    return { context: { kind: 'folder', path: resolve(context.path) }, ...(file ? { dockerfile: file } : {}) };
  }
  const sent = sendContext(request, signal);
  return { context: { kind: 'stream' }, dockerfile: { path: sent.dockerfile }, ...(sent.body ? { body: sent.body } : {}) };
}

/** All but where files come from. */
function plain({ context: _context, dockerfile: _dockerfile, debug: _debug, client: _client, platforms, tags, secrets, outputs, cacheFrom, cacheTo, ...rest }: BuildRequest): Omit<CaissonBuildRequest, 'context'> {
  return {
    ...rest,
    ...(platforms ? { platforms: platforms.map(formatPlatform) } : {}),
    ...(tags ? { tags: tags.map(formatReference) } : {}),
    ...(secrets ? { secrets: secrets.map(writeSecret) } : {}),
    ...(outputs ? { outputs: outputs.map(writeOutput) } : {}),
    ...(cacheFrom ? { cacheFrom: cacheFrom.map(writeCache) } : {}),
    ...(cacheTo ? { cacheTo: cacheTo.map(({ mode, ...location }) => ({ ...writeCache(location), ...(mode === undefined ? {} : { mode }) })) } : {}),
  };
}

/** Variables are the caller's, not the daemon's. */
function writeSecret(secret: BuildSecret): NonNullable<CaissonBuildRequest['secrets']>[number] {
  return 'env' in secret ? { id: secret.id, value: process.env[secret.env] ?? '' } : secret;
}

function writeOutput(output: BuildOutput): CaissonBuildOutput {
  if (output.type === 'image') {
    const { names, compression, ...rest } = output;
    return { ...rest, ...(names ? { names: names.map(formatReference) } : {}), ...packing(compression) };
  }
  if (output.type === 'local') return output;
  const { type, destination, compression } = output;
  if (typeof destination !== 'string') throw new CaissonError('unsupported', `the output ${type} of a build on a daemon needs a path on its host`);
  return { type, destination, ...packing(compression) };
}

function packing(compression: OutputCompression | undefined): Pick<CaissonBuildOutput, 'compression' | 'level' | 'force'> {
  if (!compression) return {};
  const { type, ...rest } = compression;
  return { compression: type, ...rest };
}

function writeCache(location: CacheLocation): CaissonCacheLocation {
  if (location.type === 'local') return location;
  return { type: location.type, ...(location.reference ? { reference: familiarReference(location.reference) } : {}) };
}

async function* lineAndBody(request: CaissonBuildRequest, body: AsyncIterable<Uint8Array> | undefined): AsyncGenerator<Uint8Array, void> {
  yield Buffer.from(`${JSON.stringify(request)}\n`);
  if (body) yield* body;
}
