import { apiVersion, minApiVersion } from '../../types/version.js';
import { badRequest } from './api-error.js';

/** The minor of an API version: 51 for 1.51. All that are spoken have the major 1. */
export type Minor = number;

export const newest: Minor = minorOf(apiVersion);
export const oldest: Minor = minorOf(minApiVersion);

/**
 * Takes `/v1.NN` off a path; without one, the newest version is meant.
 * @throws ApiError 400 in docker's words, which clients read, for versions that are not spoken
 */
export function splitVersion(path: string): { readonly minor: Minor; readonly path: string } {
  const [, version, rest] = /^\/v(\d+(?:\.\d+)*)(\/.*)$/.exec(path) ?? [];
  if (version === undefined || rest === undefined) return { minor: newest, path };
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 1 || (major === 1 && minor > newest)) throw badRequest(`client version ${version} is too new. Maximum supported API version is ${apiVersion}`);
  if (major < 1 || minor < oldest) throw badRequest(`client version ${version} is too old. Minimum supported API version is ${minApiVersion}, please upgrade your client to a newer version`);
  return { minor, path: rest };
}

function minorOf(version: string): Minor {
  return Number(version.split('.')[1]);
}
