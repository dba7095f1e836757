import type { ContainerDefaultsOfHost } from '../parts.js';
import type { ContainerOptions } from './options.js';

/** The options with what the host's config file says where they say nothing. Log options count for the driver that they were written for only. */
export function withHostDefaults(options: ContainerOptions, defaults: ContainerDefaultsOfHost = {}): ContainerOptions {
  const logDriver = options.logDriver ?? defaults.logDriver ?? 'json-file';
  const logOptions = logDriver === (defaults.logDriver ?? 'json-file') ? { ...defaults.logOptions, ...options.logOptions } : options.logOptions;
  const own = options.resources?.ulimits ?? [];
  const ulimits = [...(defaults.ulimits ?? []).filter(({ name }) => !own.some((other) => other.name === name)), ...own];
  const securityOptions = defaults.noNewPrivileges ? ['no-new-privileges', ...(options.securityOptions ?? [])] : options.securityOptions;
  return {
    ...(defaults.shmSize === undefined ? {} : { shmSize: defaults.shmSize }),
    ...(defaults.init === undefined ? {} : { init: defaults.init }),
    ...(defaults.cgroupParent === undefined ? {} : { cgroupParent: defaults.cgroupParent }),
    ...(defaults.dns ? { dns: defaults.dns } : {}),
    ...(defaults.dnsSearch ? { dnsSearch: defaults.dnsSearch } : {}),
    ...(defaults.dnsOptions ? { dnsOptions: defaults.dnsOptions } : {}),
    ...(defaults.usernsMode === undefined ? {} : { usernsMode: defaults.usernsMode }),
    ...(defaults.ociRuntime === undefined ? {} : { ociRuntime: defaults.ociRuntime }),
    ...options,
    ...(securityOptions ? { securityOptions } : {}),
    ...(ulimits.length > 0 ? { resources: { ...options.resources, ulimits } } : {}),
    logDriver,
    ...(logOptions ? { logOptions } : {}),
  };
}
