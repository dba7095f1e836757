import { isCaissonError, type ContainerRecord, type NetworkRecord, type Platform, type StoredImage, type VolumeRecord } from '@caisson/core';
import { predefinedNetwork } from '../../encode/predefined-networks.js';
import { badRequest, notFound } from '../http/api-error.js';
import { object, text, texts } from '../http/check.js';
import type { Call } from '../http/call.js';

/** Finds what a path names, or refuses in docker's words, which its clients look for. */

export function container(call: Call, name = call.param('name')): Promise<ContainerRecord> {
  return orNotFound(call.engine.containers.get(name), `No such container: ${name}`);
}

export function image(call: Call, name = call.param('name'), platform?: Platform): Promise<StoredImage> {
  return orNotFound(call.engine.images.get(name, platform ? { platform } : {}), `No such image: ${imageWords(name)}`);
}

export function volume(call: Call, name = call.param('name')): Promise<VolumeRecord> {
  return orNotFound(call.engine.volumes.get(name), `get ${name}: no such volume`);
}

export async function network(call: Call, name = call.param('name')): Promise<NetworkRecord> {
  try {
    return await call.engine.networks.get(name);
  } catch (error) {
    const found = predefinedNetwork(name, call.daemon.started);
    if (found) return found;
    throw isCaissonError(error, 'not-found') ? notFound(`network ${name} not found`.slice(0, 500)) : error;
  }
}

/** docker names the tag too. */
export function imageWords(name: string): string {
  return /[@]|:[^/]*$/.test(name) || /^[0-9a-f]{64}$/.test(name) ? name : `${name}:latest`;
}

/** Gives the `not-found` of a look-up docker's words. */
export async function orNotFound<T>(found: Promise<T>, words: string): Promise<T> {
  try {
    return await found;
  } catch (error) {
    if (isCaissonError(error, 'not-found')) throw notFound(words.slice(0, 500));
    throw error;
  }
}

const platformShape = object({ os: text, architecture: text, variant: text, 'os.version': text, 'os.features': texts });

/** `platform` as a JSON document (API 1.48 and later): an OCI platform. */
export function jsonPlatform(call: Call, name = 'platform'): Platform | undefined {
  const given = call.query.json(name);
  if (given === undefined) return undefined;
  const { os, architecture, variant } = platformShape(given, name);
  if (!os || !architecture) throw badRequest(`invalid platform: ${name} needs os and architecture`);
  return { os, architecture, ...(variant ? { variant } : {}) };
}
