import { readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CaissonError, fromSystemError, systemCode } from '@caisson/core';
import { parse } from 'smol-toml';
import type { HostConfig, Mirror } from '../options.js';

type Env = Readonly<Record<string, string | undefined>>;
type Hosts = Record<string, HostConfig>;

/**
 * Mirrors and insecure registries as this host has them set up for docker and for containers' tools: `daemon.json` (`registry-mirrors`,
 * `insecure-registries`) and `registries.conf` with `registries.conf.d` (`[[registry]]` with `prefix`, `location`, `insecure`, `blocked`,
 * `mirror-by-digest-only` and `[[registry.mirror]]` with `pull-from-mirror`; containers-registries.conf(5)). Where both speak of a host, docker's word counts.
 * Short names are docker.io's, as with docker: `unqualified-search-registries` and aliases are passed over.
 *
 * @throws CaissonError `invalid-content` for a file that makes no sense, `denied` for one that may not be read
 */
export function defaultHosts(env: Env = process.env): Readonly<Record<string, HostConfig>> {
  const hosts: Hosts = {};
  for (const path of registriesFiles(env)) addRegistries(hosts, path);
  for (const path of daemonFiles(env)) addDaemon(hosts, path);
  return hosts;
}

function configFolder(env: Env): string {
  return env.XDG_CONFIG_HOME ?? join(env.HOME ?? homedir(), '.config');
}

/** The system's first, so that the user's replaces what it says. */
function daemonFiles(env: Env): string[] {
  return ['/etc/docker/daemon.json', join(configFolder(env), 'docker/daemon.json')];
}

/** The user's file takes the place of the system's, as containers' tools have it; files in the folders beside come on top. */
function registriesFiles(env: Env): string[] {
  const user = join(configFolder(env), 'containers');
  const named = env.CONTAINERS_REGISTRIES_CONF ?? env.REGISTRIES_CONFIG_PATH;
  const main = named ?? [join(user, 'registries.conf'), '/etc/containers/registries.conf'].find((path) => read(path) !== undefined);
  const more = named === undefined ? ['/etc/containers/registries.conf.d', join(user, 'registries.conf.d')].flatMap(confFiles) : [];
  return [...(main === undefined ? [] : [main]), ...more];
}

function confFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.conf'))
      .sort()
      .map((name) => join(folder, name));
  } catch {
    return [];
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(systemCode(error) ?? '')) return undefined;
    throw fromSystemError(error, `reading ${path}`);
  }
}

function addDaemon(hosts: Hosts, path: string): void {
  const text = read(path);
  if (text === undefined || text.trim() === '') return;
  const json = parsed(path, () => JSON.parse(text) as unknown);
  const insecure = texts(json['insecure-registries'], path, 'insecure-registries');
  const mirrors = texts(json['registry-mirrors'], path, 'registry-mirrors');
  for (const host of insecure) hosts[hostOf(host)] = { ...hosts[hostOf(host)], insecure: true };
  // Docker's mirrors are docker.io's alone.
  if (mirrors.length > 0) hosts['docker.io'] = { ...hosts['docker.io'], mirrors };
}

function addRegistries(hosts: Hosts, path: string): void {
  const text = read(path);
  if (text === undefined) return;
  const { registry = [] } = parsed(path, () => parse(text));
  if (!Array.isArray(registry)) return; // the first version of the format, which nobody writes any more
  for (const entry of registry as unknown[]) {
    if (!isTable(entry)) throw invalid(path, 'a registry is no table');
    const location = optionalText(entry.location, path, 'location');
    const prefix = optionalText(entry.prefix, path, 'prefix') ?? location;
    if (prefix === undefined) throw invalid(path, 'a registry has neither a location nor a prefix');
    const mirror = entry.mirror ?? [];
    if (!Array.isArray(mirror)) throw invalid(path, `the mirrors of ${prefix} are no tables`);
    const onlyDigests = entry['mirror-by-digest-only'] === true;
    const mirrors = (mirror as unknown[]).map((one) => addMirror(hosts, one, { path, of: prefix, onlyDigests }));
    const insecure = entry.insecure === true;
    hosts[prefix] = {
      ...(mirrors.length > 0 ? { mirrors } : {}),
      ...(location !== undefined && location !== prefix ? { location } : {}),
      ...(insecure && !prefix.includes('/') ? { insecure } : {}),
      ...(entry.blocked === true ? { blocked: true } : {}),
    };
    if (insecure) {
      const host = hostOf(location ?? prefix);
      hosts[host] = { ...hosts[host], insecure };
    }
  }
}

interface MirrorEntry {
  readonly path: string;
  readonly of: string;
  readonly onlyDigests: boolean;
}

function addMirror(hosts: Hosts, entry: unknown, { path, of, onlyDigests }: MirrorEntry): string | Mirror {
  const location = isTable(entry) ? optionalText(entry.location, path, 'location') : undefined;
  if (location === undefined || !isTable(entry)) throw invalid(path, `a mirror of ${of} has no location`);
  if (entry.insecure === true) hosts[hostOf(location)] = { ...hosts[hostOf(location)], insecure: true };
  switch (onlyDigests ? 'digest-only' : (entry['pull-from-mirror'] ?? 'all')) {
    case '':
    case 'all':
      return location;
    case 'digest-only':
      return { location, only: 'digests' };
    case 'tag-only':
      return { location, only: 'tags' };
    default:
      throw invalid(path, `pull-from-mirror of ${location} is none of all, digest-only and tag-only`);
  }
}

/** `https://mirror.example:5000/path` → `mirror.example:5000`; networks (`10.0.0.0/8`) stay. */
function hostOf(text: string): string {
  if (/^[0-9a-fA-F.:]+\/\d+$/.test(text)) return text;
  return text.replace(/^https?:\/\//, '').replace(/\/.*$/s, '');
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function parsed(path: string, parsing: () => unknown): Record<string, unknown> {
  let value: unknown;
  try {
    value = parsing();
  } catch (cause) {
    throw new CaissonError('invalid-content', `${path} cannot be read: ${cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause)}`, { cause });
  }
  return isTable(value) ? value : {};
}

function texts(value: unknown, path: string, key: string): string[] {
  if (value === undefined || value === null) return [];
  if (Array.isArray(value) && value.every((one): one is string => typeof one === 'string')) return value;
  throw invalid(path, `${key} is no list of texts`);
}

function optionalText(value: unknown, path: string, key: string): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (typeof value === 'string') return value;
  throw invalid(path, `${key} is no text`);
}

function invalid(path: string, why: string): CaissonError {
  return new CaissonError('invalid-content', `${path} makes no sense: ${why}`);
}
