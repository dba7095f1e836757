import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { CaissonError, systemCode, fromSystemError, type ContainerDefaultsOfHost } from '@caisson/core';
import { parseSize } from '../output/units.js';
import { userId } from './paths.js';

/** `/etc/caisson/daemon.json`, or of an ordinary user `$XDG_CONFIG_HOME/caisson/daemon.json`. CAISSON_CONFIG_FILE names another. */
export function hostConfigPath(): string {
  const { env } = process;
  if (env.CAISSON_CONFIG_FILE) return env.CAISSON_CONFIG_FILE;
  return userId() === 0 ? '/etc/caisson/daemon.json' : join(env.XDG_CONFIG_HOME ?? join(homedir(), '.config'), 'caisson', 'daemon.json');
}

/** The whole of the config file, in docker's format; empty where there is none. @throws CaissonError `invalid-argument` */
export function readHostConfig(path = hostConfigPath()): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return {};
    throw fromSystemError(error, `reading ${path}`);
  }
  try {
    const config: unknown = JSON.parse(text);
    if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config as Record<string, unknown>;
  } catch (cause) {
    throw new CaissonError('invalid-argument', `${path} is not JSON`, { cause });
  }
  throw new CaissonError('invalid-argument', `${path} does not hold an object`);
}

/** Blobs that a pull and a push move at once: docker's `max-concurrent-downloads` and `max-concurrent-uploads`. */
export function transferLimits(config: Readonly<Record<string, unknown>>): { readonly downloads?: number; readonly uploads?: number } {
  const [downloads, uploads] = [config['max-concurrent-downloads'], config['max-concurrent-uploads']];
  const isCount = (value: unknown): value is number => typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
  return { ...(isCount(downloads) ? { downloads } : {}), ...(isCount(uploads) ? { uploads } : {}) };
}

/** Of Caisson: `rootless-network`, the program that connects the containers of an ordinary user. @throws CaissonError `invalid-argument` */
export function rootlessNetwork(config: Readonly<Record<string, unknown>>, path = hostConfigPath()): string | undefined {
  const value = config['rootless-network'];
  if (value === undefined || typeof value === 'string') return value;
  throw new CaissonError('invalid-argument', `${path}: rootless-network is a text`);
}

/** What it says about containers: docker's `log-driver`, `log-opts`, `default-ulimits`, `default-shm-size`, `init`, `cgroup-parent`, `no-new-privileges`, `userns-remap`, `default-runtime`, `dns`, `dns-search`, `dns-opts`, `bip`, `mtu` and `default-address-pools`. */
export function containerDefaults(config: Record<string, unknown>, path = hostConfigPath()): ContainerDefaultsOfHost {
  const bad = (key: string, what: string) => new CaissonError('invalid-argument', `${path}: ${key} is ${what}`);
  const text = (key: string) => {
    const value = config[key];
    if (value !== undefined && typeof value !== 'string') throw bad(key, 'a text');
    return value;
  };
  const flag = (key: string) => {
    const value = config[key];
    if (value !== undefined && typeof value !== 'boolean') throw bad(key, 'true or false');
    return value;
  };
  const map = (key: string) => {
    const value = config[key];
    if (value === undefined) return undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) throw bad(key, 'an object');
    return Object.entries(value);
  };
  const logOptions = map('log-opts')?.map(([name, value]) => {
    if (typeof value !== 'string') throw bad(`log-opts.${name}`, 'a text');
    return [name, value] as const;
  });
  const ulimits = map('default-ulimits')?.map(([name, value]) => {
    const { Soft: soft, Hard: hard } = (value ?? {}) as { Soft?: unknown; Hard?: unknown };
    if (typeof soft !== 'number' || typeof hard !== 'number') throw bad(`default-ulimits.${name}`, 'an object with the numbers Soft and Hard');
    return { name, soft, hard };
  });
  const texts = (key: string) => {
    const value = config[key];
    if (value !== undefined && !(Array.isArray(value) && value.every((one): one is string => typeof one === 'string'))) throw bad(key, 'a list of texts');
    return value as readonly string[] | undefined;
  };
  const [dns, dnsSearch, dnsOptions, bip] = [texts('dns'), texts('dns-search'), texts('dns-opts'), text('bip')];
  const { mtu } = config;
  if (mtu !== undefined && typeof mtu !== 'number') throw bad('mtu', 'a number');
  const pools = config['default-address-pools'];
  if (pools !== undefined && !Array.isArray(pools)) throw bad('default-address-pools', 'a list');
  const addressPools = (pools as unknown[] | undefined)?.map((pool) => {
    const { base, size } = (pool ?? {}) as { base?: unknown; size?: unknown };
    if (typeof base !== 'string' || typeof size !== 'number') throw bad('default-address-pools', 'a list of objects with the text base and the number size');
    return { base, size };
  });
  const [logDriver, shmSize, cgroupParent] = [text('log-driver'), text('default-shm-size'), text('cgroup-parent')];
  const [remap, ociRuntime] = [text('userns-remap'), text('default-runtime')];
  const [init, noNewPrivileges] = [flag('init'), flag('no-new-privileges')];
  return {
    ...(logDriver === undefined ? {} : { logDriver }),
    ...(logOptions ? { logOptions: Object.fromEntries(logOptions) } : {}),
    ...(ulimits ? { ulimits } : {}),
    ...(shmSize === undefined ? {} : { shmSize: parseSize(shmSize, 'default-shm-size') }),
    ...(cgroupParent === undefined ? {} : { cgroupParent }),
    // docker has a user of its own for `default`; here each container then has IDs of its own. A group of another name has the user's ranges.
    ...(remap ? { usernsMode: remap === 'default' ? 'auto' : `remap:${remap.replace(/:.*$/, '')}` } : {}),
    ...(ociRuntime === undefined ? {} : { ociRuntime }),
    ...(dns ? { dns } : {}),
    ...(dnsSearch ? { dnsSearch } : {}),
    ...(dnsOptions ? { dnsOptions } : {}),
    ...(bip === undefined ? {} : { bip }),
    ...(mtu === undefined ? {} : { mtu }),
    ...(addressPools ? { addressPools: addressPools.filter(({ base }) => !base.includes(':')) } : {}),
    ...(init === undefined ? {} : { init }),
    ...(noNewPrivileges === undefined ? {} : { noNewPrivileges }),
  };
}
