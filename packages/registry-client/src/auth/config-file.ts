import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { mkdir, open, realpath, rename, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CaissonError, fromSystemError, systemCode } from '@caisson/core';
import type { Credentials } from './credentials.js';

/** Docker's `config.json` and containers' `auth.json`: the part on credentials. Everything else in it is kept as it is. */
export interface ConfigFile {
  readonly [key: string]: unknown;
  readonly auths?: Readonly<Record<string, AuthEntry>>;
  /** Helper by registry host. */
  readonly credHelpers?: Readonly<Record<string, string>>;
  /** Helper for every other host. */
  readonly credsStore?: string;
}

/** One entry of `auths`. `auth` is base64 of `username:password`. */
export interface AuthEntry {
  readonly auth?: string;
  readonly username?: string;
  readonly password?: string;
  readonly identitytoken?: string;
  readonly registrytoken?: string;
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Reads a file; undefined where there is none.
 * @throws CaissonError `invalid-content` for anything but such a file, without quoting it; `denied`.
 */
export function readConfigFile(path: string): ConfigFile | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw fromSystemError(error, `reading ${path}`);
  }
  if (text.trim() === '') return {};
  const bad = (why: string): never => {
    throw new CaissonError('invalid-content', `${path} is not a proper configuration file: ${why}`, { hint: 'repair it, or log in again after removing it' });
  };
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // The parser's message quotes the text, which holds passwords.
    return bad('it is not JSON');
  }
  if (!isObject(json)) return bad('it is not an object');
  if (json.auths !== undefined && !(isObject(json.auths) && Object.values(json.auths).every(isObject))) bad('auths is not an object of objects');
  if (json.credHelpers !== undefined && !(isObject(json.credHelpers) && Object.values(json.credHelpers).every((v) => typeof v === 'string')))
    bad('credHelpers is not an object of texts');
  if (json.credsStore !== undefined && typeof json.credsStore !== 'string') bad('credsStore is not a text');
  return json as ConfigFile;
}

/** Replaces the file in one step, readable by its owner alone. A symlink keeps pointing where it points. */
export async function writeConfigFile(path: string, config: ConfigFile): Promise<void> {
  let temporary: string | undefined;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const target = await realpath(path).catch(() => path);
    temporary = `${target}.${randomBytes(6).toString('hex')}`;
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify(config, undefined, '\t')}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
  } catch (error) {
    if (temporary !== undefined) await unlink(temporary).catch(() => {});
    throw fromSystemError(error, `writing ${path}`);
  }
}

/** What an entry says; undefined for an empty one, which stands for «in the credential store». */
export function entryCredentials(entry: AuthEntry, path: string): Credentials | undefined {
  if (entry.registrytoken) return { registryToken: entry.registrytoken };
  if (entry.identitytoken) return { identityToken: entry.identitytoken };
  if (entry.auth) {
    const text = Buffer.from(entry.auth, 'base64').toString('utf8');
    const colon = text.indexOf(':');
    if (colon <= 0) throw new CaissonError('invalid-content', `an entry of auths in ${path} is not base64 of username:password`);
    return { username: text.slice(0, colon), password: text.slice(colon + 1).replace(/\0+$/, '') };
  }
  return entry.username ? { username: entry.username, password: entry.password ?? '' } : undefined;
}

/** The entry for such credentials. */
export function toEntry(credentials: Credentials): AuthEntry {
  if ('registryToken' in credentials) return { registrytoken: credentials.registryToken };
  if ('identityToken' in credentials) return { identitytoken: credentials.identityToken };
  return { auth: Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64') };
}
