import { CaissonError, familiarReference, formatPlatform, type BuildRequest } from '@caisson/core';
import type { QueryValue } from '../api-client.js';

/** What docker's classic build endpoint has no words for. */
const beyond: readonly (readonly [keyof BuildRequest, string])[] = [
  ['namedContexts', '--build-context'],
  ['secrets', '--secret'],
  ['ssh', '--ssh'],
  ['outputs', '--output'],
  ['cacheTo', '--cache-to'],
  ['annotations', '--annotation'],
  ['provenance', '--provenance'],
  ['sbom', '--sbom'],
  ['noCacheStages', '--no-cache-filter'],
  ['allow', '--allow'],
  ['debug', '--debug'],
  ['client', 'a client that is asked for secrets'],
];

/** @throws CaissonError `unsupported` for what the other side could not be told */
export function checkClassic(request: BuildRequest): void {
  for (const [field, flag] of beyond) {
    const value = request[field];
    const given = value !== undefined && value !== false && !(Array.isArray(value) && value.length === 0) && !(typeof value === 'object' && !Array.isArray(value) && Object.keys(value).length === 0);
    if (given) throw new CaissonError('unsupported', `${flag} is more than docker's build endpoint takes`, { hint: 'build with the local engine and push, or against a host that runs caisson daemon' });
  }
  if ((request.platforms?.length ?? 0) > 1) throw new CaissonError('unsupported', "docker's build endpoint makes an image for one platform only");
}

/** The query of `POST /build`, of which `dockerfile` is the path in the context. */
export function buildQuery(request: BuildRequest, dockerfile: string): Record<string, QueryValue> {
  const json = (value: object | undefined) => (value && Object.keys(value).length > 0 ? JSON.stringify(value) : undefined);
  const cacheFrom = (request.cacheFrom ?? []).flatMap((from) => ('reference' in from && from.reference ? [familiarReference(from.reference)] : []));
  const [platform] = request.platforms ?? [];
  return {
    dockerfile,
    rm: true,
    forcerm: true,
    t: (request.tags ?? []).map(familiarReference),
    target: request.target,
    buildargs: json(request.sourceDateEpoch === undefined ? request.buildArgs : { ...request.buildArgs, SOURCE_DATE_EPOCH: String(request.sourceDateEpoch) }),
    labels: json(request.labels),
    nocache: request.noCache,
    pull: request.pull,
    networkmode: request.network,
    extrahosts: (request.extraHosts ?? []).map(({ name, address }) => `${name}:${address}`),
    shmsize: request.shmSize,
    ulimits: json(request.ulimits?.map(({ name, soft, hard }) => ({ Name: name, Soft: soft, Hard: hard }))),
    platform: platform && formatPlatform(platform),
    squash: request.squash,
    cachefrom: json(cacheFrom),
    remote: request.context.kind === 'url' ? request.context.url : undefined,
  };
}
