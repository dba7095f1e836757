import { parsePlatform, parseReference, withDefaultTag, type BuildContext, type BuildOutput, type BuildRequest, type CacheLocation } from '@caisson/core';
import { ApiError, badRequest } from '../http/api-error.js';
import { integer, list, nullable, object, text, textMap, texts, map } from '../http/check.js';
import type { Call } from '../http/call.js';
import { registryConfig } from './auth.js';

const ulimits = list(object({ Name: text, Soft: integer, Hard: integer }));
const buildArgs = map(nullable(text));
const outputs = list(object({ Type: text, Attrs: textMap }));

/** What `POST /build` asks for in the classic way. @throws ApiError 400, 501 */
export function readBuildRequest(call: Call): BuildRequest {
  const outputs = readOutputs(call);
  return { ...readBuildOptions(call), context: readContext(call), ...(outputs.length > 0 ? { outputs: outputs.map(imageOutput) } : {}) };
}

/** All of the query that both ways of building share. @throws ApiError 400 */
export function readBuildOptions(call: Call): Omit<BuildRequest, 'context' | 'outputs'> {
  const { query } = call;
  const json = <T>(name: string, check: (value: unknown, field: string) => T): T | undefined => jsonOf(call, name, check);
  const dockerfile = query.text('dockerfile');
  const target = query.text('target');
  const platform = query.text('platform');
  const args = json('buildargs', buildArgs);
  const labels = json('labels', textMap);
  const cacheFrom = json('cachefrom', texts);
  const limits = json('ulimits', ulimits);
  const shmSize = query.integer('shmsize');
  const credentials = registryConfig(call);
  const hosts = query.all('extrahosts').flatMap((entry) => entry.split(','));
  const networkMode = query.text('networkmode');
  const cgroupParent = query.text('cgroupparent');
  return {
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
    ...(credentials ? { registryCredentials: credentials } : {}),
  };
}

function readContext(call: Call): BuildContext {
  const remote = call.query.text('remote');
  if (remote === undefined) return { kind: 'stream', stream: call.request as AsyncIterable<Uint8Array> };
  if (remote === 'client-session') throw badRequest('a context of a session needs version=2');
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

export interface WantedOutput {
  readonly type: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** @throws ApiError 400 */
export function readOutputs(call: Call): readonly WantedOutput[] {
  return (jsonOf(call, 'outputs', outputs) ?? []).map(({ Type: type = '', Attrs: attributes = {} }) => ({ type, attributes }));
}

/** Archives and folders would be written on the daemon's side, where a client's path means nothing. @throws ApiError 400, 501 */
export function imageOutput({ type, attributes }: WantedOutput): BuildOutput {
  if (type === 'image' || type === 'moby' || type === 'registry') {
    const push = type === 'registry' || attributes.push === 'true';
    const names = attributes.name?.split(',').filter(Boolean).map((name) => withDefaultTag(parseReference(name)));
    return { type: 'image', ...(names?.length ? { names } : {}), ...(push ? { push } : {}) };
  }
  throw new ApiError(501, `the output ${JSON.stringify(type.slice(0, 40))} cannot be had through this endpoint: build with BuildKit's session, or use /caisson/v1/build`);
}

function jsonOf<T>({ query }: Call, name: string, check: (value: unknown, field: string) => T): T | undefined {
  const value = query.json(name);
  return value === undefined || value === null ? undefined : check(value, name);
}
