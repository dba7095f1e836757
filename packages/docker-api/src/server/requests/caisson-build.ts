import { parsePlatform, parseReference, withDefaultTag, type BuildOutput, type BuildRequest, type BuildSecret, type CacheLocation, type Reference, type RegistryCredentials } from '@caisson/core';
import { ApiError, badRequest } from '../http/api-error.js';
import { flag, integer, list, map, object, oneOf, text, textMap, texts } from '../http/check.js';
import type { Call } from '../http/call.js';
import { readLine } from '../http/line.js';

const cacheLocation = object({ type: oneOf('registry', 'local', 'inline'), reference: text, path: text, mode: oneOf('min', 'max') });
const output = object({ type: oneOf('image', 'oci', 'docker', 'tar', 'local'), names: texts, push: flag, pushByDigest: flag, store: flag, destination: text, mode: oneOf('copy', 'delete'), compression: oneOf('uncompressed', 'gzip', 'zstd'), level: integer, force: flag });
const secret = object({ id: text, file: text, env: text, value: text });
const credentials = object({ username: text, password: text, identityToken: text, registryToken: text });

const shape = object({
  context: object({ kind: oneOf('folder', 'stream', 'url', 'none'), path: text, url: text }),
  dockerfile: object({ path: text, text, name: text }),
  target: text,
  buildArgs: textMap,
  platforms: texts,
  tags: texts,
  labels: textMap,
  annotations: textMap,
  noCache: flag,
  noCacheStages: texts,
  baseFiles: oneOf('always', 'needed'),
  pull: flag,
  namedContexts: textMap,
  secrets: list(secret),
  ssh: textMap,
  network: oneOf('default', 'none', 'host'),
  allow: texts,
  extraHosts: list(object({ name: text, address: text })),
  shmSize: integer,
  ulimits: list(object({ name: text, soft: integer, hard: integer })),
  sourceDateEpoch: integer,
  squash: flag,
  outputs: list(output),
  cacheFrom: list(cacheLocation),
  cacheTo: list(cacheLocation),
  provenance: oneOf('min', 'max'),
  sbom: flag,
  cgroupParent: text,
  registryCredentials: map(credentials),
});

/** The most that the JSON of a request may have: secrets and Dockerfiles can be in it. */
const maxLine = 16 * 1024 * 1024;

const reference = (name: string): Reference => withDefaultTag(parseReference(name));

/** @throws ApiError 400, 413 */
export async function readCaissonBuild(call: Call): Promise<BuildRequest> {
  const { line, rest } = await readLine(call.request, maxLine);
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    throw badRequest('the first line of the body must be a build request as JSON');
  }
  const { context, dockerfile, platforms, tags, secrets, extraHosts, ulimits, outputs, cacheFrom, cacheTo, registryCredentials, ...plain } = shape(value, '');
  return {
    ...plain,
    context: readContext(context, rest),
    ...(dockerfile ? { dockerfile: readDockerfile(dockerfile) } : {}),
    ...(platforms ? { platforms: platforms.map(parsePlatform) } : {}),
    ...(tags ? { tags: tags.map(reference) } : {}),
    ...(secrets ? { secrets: secrets.map(readSecret) } : {}),
    ...(extraHosts ? { extraHosts: extraHosts.map(({ name = '', address = '' }) => ({ name, address })) } : {}),
    ...(ulimits ? { ulimits: ulimits.map(({ name = '', soft = 0, hard = 0 }) => ({ name, soft, hard })) } : {}),
    ...(outputs ? { outputs: outputs.map(readOutput) } : {}),
    ...(cacheFrom ? { cacheFrom: cacheFrom.map(readCache) } : {}),
    ...(cacheTo ? { cacheTo: cacheTo.map((one) => ({ ...readCache(one), ...(one.mode ? { mode: one.mode } : {}) })) } : {}),
    ...(registryCredentials ? { registryCredentials: Object.fromEntries(Object.entries(registryCredentials).map(([host, one]) => [host, readCredentials(one)])) } : {}),
  };
}

function readContext(context: ReturnType<typeof shape>['context'], stream: AsyncIterable<Uint8Array>): BuildRequest['context'] {
  switch (context?.kind) {
    case 'folder':
      if (!context.path?.startsWith('/')) throw badRequest('context.path must be absolute');
      return { kind: 'folder', path: context.path };
    case 'url':
      if (!context.url) throw badRequest('context.url is missing');
      return { kind: 'url', url: context.url };
    case 'stream':
      return { kind: 'stream', stream };
    case 'none':
      return { kind: 'none' };
    case undefined:
      throw badRequest('context.kind is missing');
  }
}

function readDockerfile({ path, text: source, name = 'Dockerfile' }: NonNullable<ReturnType<typeof shape>['dockerfile']>): NonNullable<BuildRequest['dockerfile']> {
  if (source !== undefined) return { text: source, name };
  if (!path) throw badRequest('dockerfile needs a path or a text');
  return { path };
}

function readSecret({ id = '', file, env, value }: ReturnType<typeof secret>): BuildSecret {
  if (id === '') throw badRequest('a secret needs an id');
  if (value !== undefined) return { id, value };
  if (file !== undefined) return { id, file };
  if (env !== undefined) return { id, env };
  throw badRequest(`the secret ${id} has no file, env or value`);
}

function readOutput({ type, names, push, pushByDigest, store, destination, mode, compression, level, force }: ReturnType<typeof output>): BuildOutput {
  const packed = compression ? { compression: { type: compression, ...(level === undefined ? {} : { level }), ...(force ? { force } : {}) } } : {};
  if (type === undefined) throw badRequest('an output needs a type');
  if (type === 'image') return { type, ...(names ? { names: names.map(reference) } : {}), ...(push ? { push } : {}), ...(pushByDigest ? { pushByDigest } : {}), ...(store === undefined ? {} : { store }), ...packed };
  if (!destination?.startsWith('/')) throw badRequest(`the output ${type} needs an absolute destination`);
  if (type === 'local') return { type, destination, ...(mode ? { mode } : {}) };
  return { type, destination, ...packed };
}

function readCache({ type, reference: name, path }: ReturnType<typeof cacheLocation>): CacheLocation {
  if (type === 'inline') return { type, ...(name === undefined ? {} : { reference: reference(name) }) };
  if (type === 'registry' && name !== undefined) return { type, reference: reference(name) };
  if (type === 'local' && path?.startsWith('/')) return { type, path };
  throw badRequest('a cache needs a type, and a reference or an absolute path');
}

function readCredentials({ username, password, identityToken, registryToken }: ReturnType<typeof credentials>): RegistryCredentials {
  if (registryToken !== undefined) return { registryToken };
  if (identityToken !== undefined) return { identityToken };
  if (username === undefined || password === undefined) throw new ApiError(400, 'credentials need a user name and a password, or a token');
  return { username, password };
}
