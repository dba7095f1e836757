import { join } from 'node:path';
import type { EngineParts, RuntimeParts } from '@caisson/core';
import { BridgeNetworkDriver, copyTree, LinuxDiffer, LinuxRootAccess, LinuxRuntime, loadSyscalls, mounted, OverlaySnapshotter } from '@caisson/runtime-linux';

/** What runs containers on Linux: runc, overlayfs, bridges. */
export function openLinux({ paths }: EngineParts): RuntimeParts {
  const snapshotter = new OverlaySnapshotter(join(paths.dataRoot, 'snapshots'));
  return {
    runtime: new LinuxRuntime({ runRoot: paths.runRoot }),
    snapshotter,
    differ: new LinuxDiffer(snapshotter),
    network: new BridgeNetworkDriver({ runRoot: paths.runRoot }),
    mounted: (mounts, use) => mounted(mounts, join(paths.runRoot, 'mounts'), use),
    roots: new LinuxRootAccess(snapshotter, join(paths.runRoot, 'mounts')),
    syscalls: loadSyscalls,
    copyTree,
  };
}
