import { readFileSync } from 'node:fs';
import { CaissonError, familiarReference, formatPlatform, fromSystemError, type BuildEvent, type BuildOutput, type BuildRequest, type BuildResult, type CacheLocation, type OnProgress } from '@caisson/core';
import type { CaissonBuildLine, CaissonBuildOutput, CaissonBuildRequest, CaissonCacheLocation } from '../../types/caisson.js';
import type { ApiClient } from '../api-client.js';
import type { Credentials } from '../engine/registry-auth.js';
import { jsonLines } from '../streams/json-lines.js';
import { sendContext } from './remote-build.js';

/** Builds on a host that runs Caisson: with its own events, and with all options but those that name files of this host. */
export async function buildCaisson(client: ApiClient, credentials: Credentials | undefined, request: BuildRequest, report: OnProgress<BuildEvent>, signal: AbortSignal | undefined): Promise<BuildResult> {
  checkRemote(request);
  const sent = sendContext(request, signal);
  const head = Buffer.from(`${JSON.stringify(await encodeRequest(request, sent.dockerfile, sent.body !== undefined, credentials))}\n`);
  const answer = await client.plain({ method: 'POST', path: '/caisson/v1/build', body: withHead(head, sent.body), headers: { 'Content-Type': 'application/octet-stream' }, ...(signal ? { signal } : {}) });
  for await (const line of jsonLines<CaissonBuildLine>(answer)) {
    if ('event' in line) report(line.event);
    else if ('result' in line) return line.result;
    else {
      const { code, message, ...more } = line.error;
      throw new CaissonError(code, message, more);
    }
  }
  throw new CaissonError('unavailable', 'the build ended without a result');
}

async function* withHead(head: Uint8Array, body: AsyncIterable<Uint8Array> | undefined): AsyncGenerator<Uint8Array, void> {
  yield head;
  if (body) yield* body;
}

/** @throws CaissonError `unsupported` for what is on this host and could not be had on the other */
function checkRemote({ outputs = [], cacheFrom = [], cacheTo = [], namedContexts = {}, ssh = {}, debug, client }: BuildRequest): void {
  const refuse = (what: string, hint?: string): never => {
    throw new CaissonError('unsupported', `${what} on another host`, hint === undefined ? {} : { hint });
  };
  if (outputs.some(({ type }) => type !== 'image')) refuse('--output cannot write files of this host from a build', 'build an image, and get it with: caisson save');
  if ([...cacheFrom, ...cacheTo].some(({ type }) => type === 'local')) refuse('a local cache cannot be used by a build', 'use type=registry');
  if (Object.values(namedContexts).some((source) => !source.includes('://'))) refuse('folders cannot be further contexts of a build');
  if (Object.keys(ssh).length > 0) refuse('an ssh agent of this host cannot be used by a build');
  if (debug) refuse('a failed step cannot be looked into');
  if (client) refuse('a client cannot be asked for secrets by a build');
}

async function encodeRequest(request: BuildRequest, dockerfile: string, hasBody: boolean, credentials: Credentials | undefined): Promise<CaissonBuildRequest> {
  const { context, dockerfile: _file, debug: _debug, client: _client, secrets, platforms, tags, outputs, cacheFrom, cacheTo, registryCredentials, ...same } = request;
  return {
    ...same,
    context: hasBody ? { kind: 'stream' } : context.kind === 'url' ? context : { kind: 'none' },
    dockerfile: { path: dockerfile },
    ...(platforms ? { platforms: platforms.map(formatPlatform) } : {}),
    ...(tags ? { tags: tags.map(familiarReference) } : {}),
    ...(secrets ? { secrets: secrets.map((secret) => ({ id: secret.id, value: secretValue(secret) })) } : {}),
    ...(outputs ? { outputs: outputs.flatMap((output) => (output.type === 'image' ? [encodeOutput(output)] : [])) } : {}),
    ...(cacheFrom ? { cacheFrom: cacheFrom.map(encodeCache) } : {}),
    ...(cacheTo ? { cacheTo: cacheTo.map(({ mode, ...location }) => ({ ...encodeCache(location), ...(mode ? { mode } : {}) })) } : {}),
    registryCredentials: { ...(await known(request, credentials)), ...registryCredentials },
  };
}

function encodeOutput({ names, compression, ...rest }: Extract<BuildOutput, { type: 'image' }>): CaissonBuildOutput {
  const { type, ...how } = compression ?? {};
  return { ...rest, ...(names ? { names: names.map(familiarReference) } : {}), ...(type ? { compression: type, ...how } : {}) };
}

/** A file or variable of this host, read here. */
function secretValue(secret: NonNullable<BuildRequest['secrets']>[number]): string {
  if ('value' in secret) return secret.value;
  if ('env' in secret) {
    const value = process.env[secret.env];
    if (value === undefined) throw new CaissonError('not-found', `secret ${secret.id}: the variable ${secret.env} is not set`);
    return value;
  }
  try {
    return readFileSync(secret.file, 'utf8');
  } catch (error) {
    throw fromSystemError(error, `reading secret ${secret.id} from ${secret.file}`);
  }
}

function encodeCache(location: CacheLocation): CaissonCacheLocation {
  return { type: location.type, ...('reference' in location && location.reference ? { reference: familiarReference(location.reference) } : {}) };
}

async function known({ tags = [], cacheFrom = [], cacheTo = [] }: BuildRequest, credentials: Credentials | undefined): Promise<Record<string, NonNullable<Awaited<ReturnType<Credentials>>>>> {
  const registries = new Set(['docker.io', ...tags.map(({ domain }) => domain), ...[...cacheFrom, ...cacheTo].flatMap((location) => ('reference' in location && location.reference ? [location.reference.domain] : []))]);
  const found: Record<string, NonNullable<Awaited<ReturnType<Credentials>>>> = {};
  for (const registry of registries) {
    const one = await credentials?.(registry);
    if (one) found[registry] = one;
  }
  return found;
}
