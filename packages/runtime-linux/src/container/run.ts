import { mkdirSync, writeFileSync } from 'node:fs';
import { throwIfAborted, type ContainerSpec, type ExecOptions, type Process } from '@caisson/core';
import { labelled } from '../host/selinux.js';
import { mountingCommand } from '../monitor/mount-script.js';
import type { OciRuntime } from '../oci/runtime.js';
import { ociSpec, sharesMounts, type SpecHost } from '../spec/config.js';
import { forgetVolatile, volatile } from '../snapshot/volatile.js';
import { userIn } from '../spec/user.js';
import { ChildProcess } from './child-process.js';
import type { ContainerFolder } from './folder.js';
import { ociJson } from '../spec/oci-json.js';

/**
 * A container without a monitor, which is over when its process is. It does not wait until what it wrote is on disk: a build does so
 * once, at its end (see OverlaySnapshotter.sync), and not after each step.
 */
export async function runOnce(spec: ContainerSpec, options: ExecOptions, context: { folder: ContainerFolder; oci: OciRuntime; specHost: SpecHost; cgroupPath: string; clearUp: () => Promise<void> }): Promise<Process> {
  throwIfAborted(options.signal);
  const { folder, oci } = context;
  const rootfs = folder.file('rootfs');
  const config = ociSpec(spec, userIn(spec.rootfs, spec.process), rootfs, context.cgroupPath, context.specHost);
  folder.create();
  try {
    mkdirSync(rootfs, { mode: 0o755 });
    writeFileSync(folder.file('config.json'), ociJson(config), { mode: 0o600 });
    forgetVolatile(spec.rootfs);
    const before = mountingCommand(labelled(volatile(spec.rootfs), config.linux.mountLabel), rootfs, { hiddenTree: oci.hiddenTree, sharesMounts: sharesMounts(spec) });
    const args = ['run', '--bundle', folder.path, '--pid-file', folder.file('pid'), spec.id];
    // The runtime removes its state itself when it ends in order; when it was killed, it is removed for it.
    return ChildProcess.spawn(oci, args, folder, options, { stdin: spec.process.stdin, before, cleanUp: context.clearUp });
  } catch (error) {
    folder.remove();
    throw error;
  }
}
