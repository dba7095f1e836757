import { CaissonError } from '@caisson/core';
import type { Daemon } from '@caisson/docker-api/server';
import type { FetchLimits, HostConfig } from '@caisson/registry-client';
import type { DaemonLog } from './log.js';
import type { DaemonConfig } from './settings.js';

/** What of the settings may change while the daemon runs. */
export interface Reloadable {
  hosts: Readonly<Record<string, HostConfig>>;
  registryLimits: FetchLimits;
  transfers: { readonly downloads?: number; readonly uploads?: number };
  readonly log: DaemonLog;
}

/** Puts settings into effect. @throws CaissonError, and changes nothing, for those that make no sense */
export function reload(live: Reloadable, daemon: Daemon, config: DaemonConfig): void {
  const hosts = registryHosts(config);
  const labels = config.labels ?? [];
  const bad = labels.find((label) => !label.includes('='));
  if (bad !== undefined) throw new CaissonError('invalid-argument', `the label ${JSON.stringify(bad)} is no key=value`);
  live.hosts = hosts;
  const { 'max-concurrent-downloads': downloads, 'max-concurrent-uploads': uploads, 'max-download-attempts': attempts } = config;
  live.registryLimits = attempts ? { retries: attempts } : {};
  live.transfers = { ...(downloads ? { downloads } : {}), ...(uploads ? { uploads } : {}) };
  const debug = config.debug ?? config['log-level'] === 'debug';
  live.log.debug = debug;
  daemon.settings = {
    labels,
    debug,
    registryMirrors: config['registry-mirrors'] ?? [],
    insecureRegistries: config['insecure-registries'] ?? [],
    addressPools: config['default-address-pools'] ?? [],
    logDriver: config['log-driver'] ?? 'json-file',
  };
}

/** Mirrors are docker.io's alone, as in docker's own file. */
function registryHosts(config: DaemonConfig): Record<string, HostConfig> {
  const hosts: Record<string, HostConfig> = {};
  for (const host of config['insecure-registries'] ?? []) hosts[host] = { insecure: true };
  const mirrors = config['registry-mirrors'] ?? [];
  const bad = mirrors.find((mirror) => !/^https?:\/\//.test(mirror));
  if (bad !== undefined) throw new CaissonError('invalid-argument', `the registry mirror ${JSON.stringify(bad)} is no URL`);
  if (mirrors.length > 0) hosts['docker.io'] = { ...hosts['docker.io'], mirrors };
  return hosts;
}
