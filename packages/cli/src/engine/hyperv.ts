import { join } from 'node:path';
import { CaissonError, type EngineParts, type RuntimeParts } from '@caisson/core';
import { copyTree, HnsNetworkDriver, HypervRuntime, mounted, WindowsDiffer, WindowsFiles, WindowsSnapshotter } from '@caisson/runtime-hyperv';

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
    files: new WindowsFiles(snapshotter, options),
    roots: { ofProcess: fromOutside, ofSnapshot: fromOutside },
    syscalls: fromOutside,
    copyTree,
  };
}

/** Windows has no descriptor of a folder that others could be reached through: see `files`. */
function fromOutside(): never {
  throw new CaissonError('unsupported', 'the root file system of a Windows container cannot be opened', { hint: 'caisson cp copies files out of it, and into it' });
}
