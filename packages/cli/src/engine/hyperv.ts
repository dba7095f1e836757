import { join } from 'node:path';
import { CaissonError, type EngineParts, type RuntimeParts } from '@caisson/core';
import { copyTree, HnsNetworkDriver, HypervRuntime, mounted, WindowsDiffer, WindowsSnapshotter } from '@caisson/runtime-hyperv';

/** What runs containers on Windows: the host compute service, its layers and its networks. */
export function openHyperv({ paths }: EngineParts, program: string): RuntimeParts {
  const options = { runRoot: paths.runRoot, credentialFolder: join(paths.dataRoot, 'CredentialSpecs'), helper: [process.execPath, program] };
  const snapshotter = new WindowsSnapshotter(join(paths.dataRoot, 'snapshots'), options);
  return {
    runtime: new HypervRuntime(options),
    snapshotter,
    differ: new WindowsDiffer(snapshotter, options),
    network: new HnsNetworkDriver(options),
    mounted: (mounts, use) => mounted(mounts, use),
    roots: { ofProcess: fromOutside, ofSnapshot: fromOutside },
    syscalls: fromOutside,
    copyTree,
  };
}

/** Files of Windows containers are reached through folders that are mounted in them. */
function fromOutside(): never {
  throw new CaissonError('unsupported', 'files of Windows containers cannot be reached from outside', { hint: 'mount a folder of the host into the container, and copy them there' });
}
