import type { RuntimeCapabilities } from '@caisson/core';
import { UNDELEGATED, undelegated } from '../cgroup/delegation.js';
import type { CgroupMode } from '../cgroup/mode.js';
import { canFreeze } from '../cgroup/stats.js';
import type { LinuxRuntimeOptions } from '../options.js';
import { findProgram } from './programs.js';
import { programVersion } from './versions.js';

const AVAILABLE = { available: true } as const;

/** What containers on this host can have. */
export async function capabilitiesOf(options: LinuxRuntimeOptions, cgroups: CgroupMode): Promise<RuntimeCapabilities> {
  const components: Record<string, string> = {};
  const names = [options.ociRuntime ?? 'runc', 'crun', options.conmon ?? 'conmon', 'nft', 'tini', 'slirp4netns', 'pasta'];
  await Promise.all(
    [...new Set(names)].map(async (name) => {
      const path = findProgram(name);
      const version = path === undefined ? undefined : await programVersion(path);
      if (path !== undefined) components[name] = version ?? 'of unknown version';
    }),
  );
  const rootless = options.rootless === true;
  const has = (controller: string) => cgroups.controllers.has(controller);
  const missing = ['memory', 'cpu', 'pids'].filter((controller) => !has(controller));
  const without = (what: string) => ({ available: false, reason: cgroups.kind === 'none' ? UNDELEGATED : `${what} not delegated to this user` }) as const;
  const lacking = rootless && cgroups.kind !== 'none' ? undelegated(cgroups) : [];
  const some = cgroups.controllers.size > 0;
  const limits = rootless
    ? some ? AVAILABLE : without('no cgroup controller is')
    : missing.length === 0 ? AVAILABLE : ({ available: false, reason: `this host lacks the cgroup controllers ${missing.join(', ')}` } as const);
  return {
    isolation: rootless ? ['user-namespace', 'process'] : ['process', 'user-namespace'],
    pause: canFreeze(cgroups) ? AVAILABLE : rootless ? without('the cgroup controller freezer is') : { available: false, reason: 'this host lacks the cgroup controller freezer' },
    limits,
    ...(lacking.length > 0 ? { undelegated: lacking } : {}),
    stats: limits,
    terminal: { available: true },
    components,
  };
}
