import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type ContainerSpec, selfIdentity, throwIfAborted } from '@caisson/core';
import { labelled, relabel } from '../host/selinux.js';
import { exitHook } from '../monitor/exit-hook.js';
import { startMonitor } from '../monitor/conmon.js';
import { mountingCommand } from '../monitor/mount-script.js';
import type { OciRuntime } from '../oci/runtime.js';
import { ociSpec, sharesMounts, type SpecHost } from '../spec/config.js';
import { DEFAULT_SHM } from '../spec/mounts.js';
import type { OciSpec } from '../spec/oci.js';
import { forgetVolatile, volatile } from '../snapshot/volatile.js';
import { userIn } from '../spec/user.js';
import { loadSyscalls } from '../syscalls.js';
import { type ContainerFolder, identify, readIfThere } from './folder.js';
import { holdPorts } from '../network/port-hold.js';
import type { Owners } from './owner.js';

export interface CreateContext {
  readonly folder: ContainerFolder;
  readonly oci: OciRuntime;
  readonly conmon: string;
  readonly specHost: SpecHost;
  readonly cgroupPath: string;
  readonly systemd: boolean;
  readonly owners: Owners;
}

/** Writes the bundle and has the monitor create the container. The caller removes what is there when this fails. */
export async function createContainer(spec: ContainerSpec, options: { signal?: AbortSignal; supervised?: boolean }, context: CreateContext): Promise<void> {
  const { folder, oci, owners, cgroupPath } = context;
  const user = userIn(spec.rootfs, spec.process);
  const rootfs = folder.file('rootfs');
  const config: OciSpec = ociSpec(spec, user, rootfs, cgroupPath, context.specHost);
  const record = {
    id: spec.id,
    ociRuntime: oci.path,
    terminal: spec.process.terminal,
    stdin: spec.process.stdin,
    user: { wanted: spec.process.user, uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    cgroupPath,
    maker: selfIdentity(),
  };
  if (spec.sharedMemory === 'shareable') context.specHost.sharedMemory.make(spec.id, spec.shmSize ?? DEFAULT_SHM);
  folder.create();
  mkdirSync(rootfs, { mode: 0o755 });
  writeFileSync(folder.file('config.json'), JSON.stringify(config), { mode: 0o600 });
  folder.write(record);
  forgetVolatile(spec.rootfs);
  const mounted = labelled(spec.volatileRootfs ? volatile(spec.rootfs) : spec.rootfs, config.linux.mountLabel);
  await relabel(spec.mounts, config.linux.mountLabel);
  const supervised = options.supervised === true && spec.exitCommand !== undefined;
  const owner = supervised ? owners.pathFor(spec.id) : undefined;
  // For an ordinary user, who lets them in also holds them.
  const held = spec.publishedPorts?.length && !context.specHost.rootless ? holdPorts(spec.publishedPorts) : [];
  const pid = await startMonitor(
    {
      conmon: context.conmon,
      id: spec.id,
      folder: folder.path,
      runtime: [...mountingCommand(mounted, rootfs, { hiddenTree: oci.hiddenTree, sharesMounts: sharesMounts(spec) }), oci.path, ...oci.args],
      terminal: spec.process.terminal,
      stdin: spec.process.stdin,
      leaveStdinOpen: spec.process.stdin && spec.process.stdinOnce !== true,
      logPath: spec.logPath,
      journalTag: spec.journalTag,
      exitCommand: exitHook(spec.exitCommand, owner),
      systemdCgroup: context.systemd,
      held,
    },
    () => {
      // Two processes are busy for us now: the time to load what start and attach need.
      const syscalls = loadSyscalls();
      for (const fd of held) syscalls.close(fd);
      if (owner !== undefined) owners.hold(spec.id, owner);
    },
  );
  const process = identify(pid);
  const monitor = identify(Number(readIfThere(folder.file('monitor.pid'))));
  folder.write({ ...record, ...(process ? { pid: process } : {}), ...(monitor ? { monitor } : {}) });
  throwIfAborted(options.signal);
}

/** The bit set of capabilities that this process could give to another. */
export function heldCapabilities(): bigint {
  const bounding = /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return bounding === undefined ? 0n : BigInt(`0x${bounding}`);
}
