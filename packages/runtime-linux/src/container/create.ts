import { chmodSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { CaissonError, type ContainerSpec, selfIdentity, throwIfAborted } from '@caisson/core';
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
import { type ContainerFolder, type ContainerRecord, identify, readIfThere } from './folder.js';
import { idMapFor, refuseKeptIds } from '../userns/id-map.js';
import { MappedMounts } from '../userns/mapped-mounts.js';
import { holdPorts } from '../network/port-hold.js';
import type { Owners } from './owner.js';
import { markContainer } from './marker.js';
import { ociJson } from '../spec/oci-json.js';

export interface CreateContext {
  readonly folder: ContainerFolder;
  readonly oci: OciRuntime;
  readonly conmon: string;
  readonly specHost: SpecHost;
  readonly cgroupPath: string;
  readonly delegated: ContainerRecord['delegated'];
  readonly systemd: boolean;
  readonly owners: Owners;
  readonly runRoot: string;
}

/** Writes the bundle and has the monitor create the container. The caller removes what is there when this fails. */
export async function createContainer(spec: ContainerSpec, options: { signal?: AbortSignal; supervised?: boolean }, context: CreateContext): Promise<void> {
  const { folder, oci, owners, cgroupPath } = context;
  const user = userIn(spec.rootfs, spec.process);
  const rootfs = folder.file('rootfs');
  const idMap = context.specHost.rootless ? ownNamespaceOnly(spec.security.usernsMode) : idMapFor(spec.security.usernsMode, spec.id, context.runRoot);
  if (idMap) checkReachable(folder.path);
  using mapped = idMap && (await MappedMounts.open(idMap, spec.id, context.runRoot));
  const shown = mapped ? { ...spec, rootfs: mapped.rootfs(spec.rootfs), mounts: mapped.mounts(spec.mounts) } : spec;
  const config: OciSpec = ociSpec(shown, user, rootfs, cgroupPath, context.specHost, idMap);
  const record = {
    id: spec.id,
    ociRuntime: oci.path,
    terminal: spec.process.terminal,
    stdin: spec.process.stdin,
    user: { wanted: spec.process.user, uid: user.uid, gid: user.gid, additionalGids: user.additionalGids },
    cgroupPath,
    ...(context.delegated ? { delegated: context.delegated } : {}),
    maker: selfIdentity(),
  };
  if (spec.sharedMemory === 'shareable') context.specHost.sharedMemory.make(spec.id, spec.shmSize ?? DEFAULT_SHM);
  folder.create();
  mkdirSync(rootfs, { mode: 0o755 });
  // Its root, which is nobody here, has to get to what is mounted in it.
  if (idMap) chmodSync(folder.path, 0o711);
  writeFileSync(folder.file('config.json'), ociJson(config), { mode: 0o600 });
  folder.write(record);
  forgetVolatile(spec.rootfs);
  markContainer(spec.rootfs);
  const mounted = labelled(spec.volatileRootfs ? volatile(shown.rootfs) : shown.rootfs, config.linux.mountLabel);
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
      // A terminal is not at its end because a client has left it.
      leaveStdinOpen: spec.process.stdin && (spec.process.terminal || spec.process.stdinOnce !== true),
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

/** Root of a user namespace is nobody to the folders above its own. @throws CaissonError `denied` */
function checkReachable(path: string): void {
  for (let above = dirname(path); above !== '/'; above = dirname(above)) {
    const mode = statSync(above, { throwIfNoEntry: false })?.mode;
    if (mode !== undefined && (mode & 0o001) === 0) throw new CaissonError('denied', `containers with a user namespace cannot get to their files through ${above}, which others may not enter`, { hint: `chmod o+x ${above}, or choose another --run-root` });
  }
}

/** An ordinary user's containers are in the user's namespace. @throws CaissonError `unsupported` for another */
function ownNamespaceOnly(mode: string | undefined): undefined {
  refuseKeptIds(mode ?? '');
  if (mode !== undefined && mode !== '' && mode !== 'host') throw new CaissonError('unsupported', `--userns ${mode.slice(0, 60)} needs root: containers of an ordinary user are in that user's own namespace already`, { hint: 'leave --userns out' });
}

/** The bit set of capabilities that this process could give to another. */
export function heldCapabilities(): bigint {
  const bounding = /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1];
  return bounding === undefined ? 0n : BigInt(`0x${bounding}`);
}
