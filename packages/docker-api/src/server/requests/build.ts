import { parsePlatform, parseReference, withDefaultTag, type BuildContext, type BuildOutput, type BuildRequest, type CacheLocation } from '@caisson/core';
import { ApiError, badRequest } from '../http/api-error.js';
import { integer, list, nullable, object, text, textMap, texts, map } from '../http/check.js';
import type { Call } from '../http/call.js';
import { registryConfig } from './auth.js';

const ulimits = list(object({ Name: text, Soft: integer, Hard: integer }));
const buildArgs = map(nullable(text));
const outputs = list(object({ Type: text, Attrs: textMap }));

/** What `POST /build` asks for. @throws ApiError 400, 501 */
export function readBuildRequest(call: Call): BuildRequest {
  const { query } = call;
  const json = <T>(name: string, check: (value: unknown, field: string) => T): T | undefined => {
    const value = query.json(name);
    return value === undefined || value === null ? undefined : check(value, name);
  };
  if (query.text('version') === '2' || query.text('session') !== undefined)
    throw new ApiError(501, 'builds through a BuildKit session are not supported: unset DOCKER_BUILDKIT, or set it to 0, to use the classic way, which has all of the builder');
  const dockerfile = query.text('dockerfile');
  const target = query.text('target');
  const platform = query.text('platform');
  const args = json('buildargs', buildArgs);
  const labels = json('labels', textMap);
  const cacheFrom = json('cachefrom', texts);
  const limits = json('ulimits', ulimits);
  const shmSize = query.integer('shmsize');
  const wanted = json('outputs', outputs);
  const credentials = registryConfig(call);
  const hosts = query.all('extrahosts').flatMap((entry) => entry.split(','));
  const networkMode = query.text('networkmode');
  const cgroupParent = query.text('cgroupparent');
  return {
    context: readContext(call),
    ...(dockerfile === undefined ? {} : { dockerfile: { path: dockerfile } }),
    ...(target === undefined ? {} : { target }),
    // A name alone stands for the daemon's own variable, which a client's build has no business with.
    buildArgs: Object.fromEntries(Object.entries(args ?? {}).flatMap(([name, value]) => (value === null ? [] : [[name, value]]))),
    tags: query.all('t').map((name) => withDefaultTag(parseReference(name))),
    ...(labels ? { labels } : {}),
    ...(platform === undefined ? {} : { platforms: platform.split(',').map(parsePlatform) }),
    ...(query.flag('nocache') ? { noCache: true } : {}),
    ...(query.flag('pull') ? { pull: true } : {}),
    ...(query.flag('squash') ? { squash: true } : {}),
    ...(networkMode === undefined ? {} : readNetwork(networkMode)),
    extraHosts: hosts.map(readHost),
    ...(shmSize ? { shmSize } : {}),
    ...(cgroupParent === undefined ? {} : { cgroupParent }),
    ...(limits?.length ? { ulimits: limits.map(({ Name: name = '', Soft: soft = 0, Hard: hard = 0 }) => ({ name, soft, hard })) } : {}),
    ...(cacheFrom?.length ? { cacheFrom: cacheFrom.map((name): CacheLocation => ({ type: 'registry', reference: withDefaultTag(parseReference(name)) })) } : {}),
    ...(wanted?.length ? { outputs: wanted.map(readOutput) } : {}),
    ...(credentials ? { registryCredentials: credentials } : {}),
  };
}

function readContext(call: Call): BuildContext {
  const remote = call.query.text('remote');
  if (remote === undefined) return { kind: 'stream', stream: call.request as AsyncIterable<Uint8Array> };
  if (remote === 'client-session') throw new ApiError(501, 'contexts of a session are not supported: send a tar in the body');
  return { kind: 'url', url: remote };
}

function readNetwork(mode: string): Pick<BuildRequest, 'network' | 'allow'> {
  if (mode === 'default' || mode === 'bridge') return { network: 'default' };
  if (mode === 'none') return { network: 'none' };
  // Through the classic door, asking for it is all it takes.
  if (mode === 'host') return { network: 'host', allow: ['network.host'] };
  throw badRequest(`network mode ${JSON.stringify(mode.slice(0, 60))} is not supported for builds: use default, none or host`);
}

function readHost(entry: string): { name: string; address: string } {
  const [, name, address] = /^([^:=]+)[:=](.+)$/.exec(entry) ?? [];
  if (name === undefined || address === undefined) throw badRequest(`invalid extra host: ${JSON.stringify(entry.slice(0, 100))}`);
  return { name, address };
}

/** Archives and folders would be written on the daemon's side, where a client's path means nothing. */
function readOutput({ Type: type = '', Attrs: attributes = {} }: ReturnType<typeof outputs>[number]): BuildOutput {
  if (type === 'image' || type === 'moby' || type === 'registry') {
    const push = type === 'registry' || attributes.push === 'true';
    const names = attributes.name?.split(',').filter(Boolean).map((name) => withDefaultTag(parseReference(name)));
    return { type: 'image', ...(names?.length ? { names } : {}), ...(push ? { push } : {}) };
  }
  throw new ApiError(501, `the output ${JSON.stringify(type.slice(0, 40))} cannot be had through this endpoint: use /caisson/v1/build`);
}

