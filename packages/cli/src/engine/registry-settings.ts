import { CaissonError } from '@caisson/core';
import { defaultHosts, type FetchLimits, type HostConfig } from '@caisson/registry-client';
import { hostConfigPath, readHostConfig } from './host-config.js';

/** What is said about registries, apart from credentials. */
export interface RegistrySettings {
  readonly hosts: Readonly<Record<string, HostConfig>>;
  readonly limits: FetchLimits;
}

/**
 * How this host reaches registries: what docker's and containers' own files say, and Caisson's on top. The daemon and every command go by the
 * same.
 *
 * @throws CaissonError `invalid-argument`, `invalid-content` for a file that makes no sense
 */
export function registrySettings(config: Readonly<Record<string, unknown>> = readHostConfig(), file = hostConfigPath()): RegistrySettings {
  const hosts: Record<string, HostConfig> = { ...defaultHosts() };
  const texts = (key: string): readonly string[] => {
    const value = config[key] ?? [];
    if (!Array.isArray(value) || !value.every((one): one is string => typeof one === 'string')) throw new CaissonError('invalid-argument', `${file}: ${key} is not a list of texts`);
    return value;
  };
  for (const text of texts('insecure-registries')) {
    const host = text.replace(/^https?:\/\//, '').replace(/\/$/, '');
    hosts[host] = { ...hosts[host], insecure: true };
  }
  const mirrors = texts('registry-mirrors');
  const bad = mirrors.find((mirror) => !/^https?:\/\//.test(mirror));
  if (bad !== undefined) throw new CaissonError('invalid-argument', `the registry mirror ${JSON.stringify(bad)} is no URL`);
  // Mirrors are docker.io's alone, as in docker's own file.
  if (mirrors.length > 0) hosts['docker.io'] = { ...hosts['docker.io'], mirrors };
  const attempts = config['max-download-attempts'];
  return { hosts, limits: typeof attempts === 'number' && attempts > 0 ? { retries: attempts } : {} };
}
