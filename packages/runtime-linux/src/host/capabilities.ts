import type { RuntimeCapabilities } from '@caisson/core';
import type { CgroupMode } from '../cgroup/mode.js';
import type { LinuxRuntimeOptions } from '../options.js';
import { findProgram } from './programs.js';
import { programVersion } from './versions.js';

/** Why an ordinary user's containers have no limits. */
export const UNDELEGATED = 'cgroups are not delegated to this user';

/** What containers on this host can have. */
export async function capabilitiesOf(options: LinuxRuntimeOptions, cgroups: CgroupMode): Promise<RuntimeCapabilities> {
  const components: Record<string, string> = {};
  const names = [options.ociRuntime ?? 'runc', 'crun', options.conmon ?? 'conmon', 'nft', 'tini', 'slirp4netns'];
  await Promise.all(
    [...new Set(names)].map(async (name) => {
      const path = findProgram(name);
      const version = path === undefined ? undefined : await programVersion(path);
      if (version !== undefined) components[name] = version;
    }),
  );
  const rootless = options.rootless === true;
  const has = (controller: string) => cgroups.controllers.has(controller);
  const undelegated = { available: false, reason: UNDELEGATED } as const;
  const missing = ['memory', 'cpu', 'pids'].filter((controller) => !has(controller));
  const limits = rootless ? undelegated : missing.length === 0 ? ({ available: true } as const) : ({ available: false, reason: `this host lacks the cgroup controllers ${missing.join(', ')}` } as const);
  return {
    isolation: rootless ? ['user-namespace', 'process'] : ['process', 'user-namespace'],
    pause: rootless ? undelegated : cgroups.kind === 'unified' || has('freezer') ? { available: true } : { available: false, reason: 'this host lacks the cgroup controller freezer' },
    limits,
    stats: limits,
    terminal: { available: true },
    components,
  };
}
