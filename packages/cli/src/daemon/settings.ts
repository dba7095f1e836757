import { CaissonError } from '@caisson/core';

/** What a daemon can be told, on its command line or in its file. The names are those of docker's daemon.json. */
export interface DaemonConfig {
  readonly 'data-root'?: string;
  /** Of Caisson: where the state of running containers is. docker's `exec-root` is taken for the same. */
  readonly 'run-root'?: string;
  readonly 'exec-root'?: string;
  readonly hosts?: readonly string[];
  readonly group?: string;
  readonly pidfile?: string;
  readonly tls?: boolean;
  readonly tlsverify?: boolean;
  readonly tlscacert?: string;
  readonly tlscert?: string;
  readonly tlskey?: string;
  readonly debug?: boolean;
  readonly 'log-level'?: string;
  readonly labels?: readonly string[];
  readonly 'log-driver'?: string;
  readonly 'log-opts'?: Readonly<Record<string, string>>;
  readonly 'registry-mirrors'?: readonly string[];
  readonly 'insecure-registries'?: readonly string[];
  readonly 'default-address-pools'?: readonly { readonly base: string; readonly size: number }[];
  readonly bip?: string;
  readonly dns?: readonly string[];
  readonly 'dns-opts'?: readonly string[];
  readonly 'dns-search'?: readonly string[];
  readonly mtu?: number;
  readonly 'live-restore'?: boolean;
  readonly 'max-concurrent-downloads'?: number;
  readonly 'max-concurrent-uploads'?: number;
  readonly 'max-download-attempts'?: number;
  readonly 'shutdown-timeout'?: number;
  /** docker's switches for parts of its own. `buildkit: false` sends clients the older way of building; others make no difference here. */
  readonly features?: Readonly<Record<string, boolean>>;
  readonly 'default-runtime'?: string;
  readonly 'default-shm-size'?: string;
  readonly 'default-ulimits'?: Readonly<Record<string, unknown>>;
  readonly init?: boolean;
  readonly 'cgroup-parent'?: string;
  readonly 'no-new-privileges'?: boolean;
  readonly 'userns-remap'?: string;
  /** Of Caisson: `slirp4netns` or `pasta`. */
  readonly 'rootless-network'?: string;
}

type Kind = 'text' | 'texts' | 'flag' | 'count' | 'pairs' | 'flags' | 'pools' | 'any';

const kinds: Readonly<Record<keyof DaemonConfig, Kind>> = {
  'data-root': 'text',
  'run-root': 'text',
  'exec-root': 'text',
  hosts: 'texts',
  group: 'text',
  pidfile: 'text',
  tls: 'flag',
  tlsverify: 'flag',
  tlscacert: 'text',
  tlscert: 'text',
  tlskey: 'text',
  debug: 'flag',
  'log-level': 'text',
  labels: 'texts',
  'log-driver': 'text',
  'log-opts': 'pairs',
  'registry-mirrors': 'texts',
  'insecure-registries': 'texts',
  'default-address-pools': 'pools',
  bip: 'text',
  dns: 'texts',
  'dns-opts': 'texts',
  'dns-search': 'texts',
  mtu: 'count',
  'live-restore': 'flag',
  'max-concurrent-downloads': 'count',
  'max-concurrent-uploads': 'count',
  'max-download-attempts': 'count',
  'shutdown-timeout': 'count',
  features: 'flags',
  'default-runtime': 'text',
  'default-shm-size': 'text',
  'default-ulimits': 'any',
  init: 'flag',
  'cgroup-parent': 'text',
  'no-new-privileges': 'flag',
  'userns-remap': 'text',
  'rootless-network': 'text',
};

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === 'string';

const tests: Readonly<Record<Kind, readonly [string, (value: unknown) => boolean]>> = {
  text: ['a string', isText],
  texts: ['a list of strings', (value) => Array.isArray(value) && value.every(isText)],
  flag: ['true or false', (value) => typeof value === 'boolean'],
  count: ['a whole number', (value) => typeof value === 'number' && Number.isSafeInteger(value) && value >= 0],
  pairs: ['an object of strings', (value) => isObject(value) && Object.values(value).every(isText)],
  flags: ['an object of true and false', (value) => isObject(value) && Object.values(value).every((one) => typeof one === 'boolean')],
  pools: ['a list of {"base": CIDR, "size": BITS}', (value) => Array.isArray(value) && value.every((one: unknown) => isObject(one) && isText(one.base) && typeof one.size === 'number')],
  any: ['anything', () => true],
};

/**
 * Reads the text of a daemon.json.
 * @throws CaissonError `invalid-content` that names the file and what is wrong with it: unknown keys all at once
 */
export function parseDaemonConfig(text: string, file: string): DaemonConfig {
  let value: unknown;
  try {
    value = text.trim() === '' ? {} : JSON.parse(text);
  } catch (error) {
    throw new CaissonError('invalid-content', `${file} is not JSON: ${error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : ''}`, { cause: error });
  }
  if (!isObject(value)) throw new CaissonError('invalid-content', `${file} must hold a JSON object`);
  const unknown = Object.keys(value).filter((key) => !(key in kinds));
  if (unknown.length > 0) throw new CaissonError('invalid-content', `${file} has settings that are not known: ${unknown.slice(0, 20).join(', ')}`, { hint: `known are ${Object.keys(kinds).join(', ')}` });
  for (const [key, one] of Object.entries(value)) {
    const [wanted, test] = tests[kinds[key as keyof DaemonConfig]];
    if (!test(one)) throw new CaissonError('invalid-content', `${file}: ${key} must be ${wanted}`);
  }
  const config = value as DaemonConfig;
  if (config['live-restore'] === false) throw new CaissonError('unsupported', `${file}: live-restore cannot be turned off: containers go on running without the daemon`);
  return config;
}

/** Joins the file's settings with the command line's. @throws CaissonError `invalid-argument` for what both say, as docker does */
export function mergeConfig(flags: DaemonConfig, file: DaemonConfig, path: string): DaemonConfig {
  const twice = Object.keys(flags).filter((key) => key in file);
  if (twice.length > 0) throw new CaissonError('invalid-argument', `said on the command line and in ${path} as well: ${twice.join(', ')}`, { hint: 'take it out of one of them' });
  return { ...file, ...flags };
}

/** The names of features that are switched and make no difference here. */
export function idleFeatures({ features = {} }: DaemonConfig): readonly string[] {
  return Object.keys(features).filter((name) => name !== 'buildkit');
}
