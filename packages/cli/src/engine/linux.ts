import { join } from 'node:path';
import { CaissonError, type EngineParts, type RuntimeParts } from '@caisson/core';
import { BridgeNetworkDriver, copyTree, deviceEdits, inUserNamespace, LinuxDiffer, LinuxRootAccess, LinuxRuntime, loadSyscalls, mounted, OverlaySnapshotter, rootlessUser, UserNetwork } from '@caisson/runtime-linux';
import { readHostConfig, rootlessNetwork } from './host-config.js';

/** What runs containers on Linux: runc, overlayfs, bridges. Of an ordinary user: in the user's namespace, which the process is in already. */
export function openLinux({ paths }: EngineParts): RuntimeParts {
  if (process.getuid?.() !== 0) throw outside();
  const rootless = rootlessUser() !== undefined;
  const snapshotter = new OverlaySnapshotter(join(paths.dataRoot, 'snapshots'), { userXattrs: inUserNamespace() });
  return {
    runtime: new LinuxRuntime({ runRoot: paths.runRoot, rootless }),
    snapshotter,
    differ: new LinuxDiffer(snapshotter),
    network: new BridgeNetworkDriver({ runRoot: paths.runRoot, ...(rootless ? { host: new UserNetwork(paths.runRoot, () => rootlessNetwork(readHostConfig())) } : {}) }),
    mounted: (mounts, use) => mounted(mounts, join(paths.runRoot, 'mounts'), use),
    roots: new LinuxRootAccess(snapshotter, join(paths.runRoot, 'mounts')),
    syscalls: loadSyscalls,
    deviceEdits: (names) => deviceEdits(names),
    copyTree,
  };
}

/** Whoever tried to enter the user's namespace and could not (see enter.ts) has left word why. */
function outside(): CaissonError {
  const [problem, hint] = (process.env.CAISSON_ROOTLESS_PROBLEM ?? '').split('\n');
  if (!problem) return new CaissonError('denied', 'containers of an ordinary user are run from within the user’s own namespace', { hint: 'call enterUserNamespace() of @caisson/runtime-linux first, or use the command caisson' });
  return new CaissonError('missing-dependency', problem, hint ? { hint } : {});
}
