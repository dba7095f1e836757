import { CaissonError } from '@caisson/core';
import type { Daemon } from '@caisson/docker-api/server';
import { transferLimits } from '../engine/host-config.js';
import { registrySettings, type RegistrySettings } from '../engine/registry-settings.js';
import type { DaemonLog } from './log.js';
import type { DaemonConfig } from './settings.js';

/** What of the settings may change while the daemon runs. */
export interface Reloadable {
  registries: RegistrySettings;
  transfers: { readonly downloads?: number; readonly uploads?: number };
  readonly log: DaemonLog;
}

/** Puts settings into effect, `file` for messages. @throws CaissonError, and changes nothing, for those that make no sense */
export function reload(live: Reloadable, daemon: Daemon, config: DaemonConfig, file: string): void {
  const registries = registrySettings({ ...config }, file);
  const labels = config.labels ?? [];
  const bad = labels.find((label) => !label.includes('='));
  if (bad !== undefined) throw new CaissonError('invalid-argument', `the label ${JSON.stringify(bad)} is no key=value`);
  live.registries = registries;
  live.transfers = transferLimits({ ...config });
  const debug = config.debug ?? config['log-level'] === 'debug';
  live.log.debug = debug;
  daemon.settings = {
    labels,
    debug,
    registryMirrors: config['registry-mirrors'] ?? [],
    insecureRegistries: config['insecure-registries'] ?? [],
    addressPools: config['default-address-pools'] ?? [],
    logDriver: config['log-driver'] ?? 'json-file',
    buildKit: config.features?.buildkit ?? true,
  };
}
