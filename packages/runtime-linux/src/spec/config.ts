import { CaissonError, type ContainerSpec, type ProcessSpec } from '@caisson/core';
import { withinDelegation } from '../cgroup/delegation.js';
import type { CgroupMode } from '../cgroup/mode.js';
import { selinuxLabels } from '../host/selinux.js';
import type { SharedMemory } from '../container/shared-memory.js';
import { capabilities, capabilitySets } from './capabilities.js';
import { devices } from './devices.js';
import { mounts } from './mounts.js';
import { namespaces } from './namespaces.js';
import type { OciProcess, OciResources, OciSpec } from './oci.js';
import type { ResolvedUser } from './passwd.js';
import { maskedPaths, readonlyPaths } from './paths.js';
import { resources, rlimits } from './resources.js';
import { ociMapping, type IdMap } from '../userns/id-map.js';
import { seccomp } from './seccomp.js';

/** What config.json depends on beside the container itself. */
export interface SpecHost {
  readonly cgroups: CgroupMode;
  /** Of an ordinary user: what was delegated, and where a container's cgroup is to be in it. */
  readonly delegated?: { readonly mode: CgroupMode; readonly path: string | undefined };
  /** Capabilities that this process may pass on, as a bit set. */
  readonly heldCapabilities: bigint;
  /** Of an ordinary user: mounts and IDs are those that the user's namespace allows. */
  readonly rootless: boolean;
  /** An init for `--init`, by its path on the host. */
  readonly init: () => string;
  readonly sharedMemory: SharedMemory;
  /** The AppArmor profile of the container, where it is to have one. */
  readonly apparmor?: string;
}

const INIT_PATH = '/sbin/docker-init';

/** config.json of a container. @throws CaissonError for whatever the spec asks that cannot be. */
export function ociSpec(spec: ContainerSpec, user: ResolvedUser, rootfs: string, cgroupsPath: string, host: SpecHost, idMap?: IdMap): OciSpec {
  const { security } = spec;
  if (!['', 'default', 'process'].includes(spec.isolation ?? '')) throw new CaissonError('unsupported', `isolation by ${JSON.stringify(spec.isolation)} is not to be had on Linux`, { hint: spec.isolation === 'user-namespace' ? 'ask for a user namespace with --userns auto' : 'leave --isolation out' });
  if (idMap) checkUserNamespace(spec);
  const held = capabilities({ privileged: security.privileged, add: security.capAdd, drop: security.capDrop }, host.heldCapabilities);
  const device = devices(spec);
  const filter = seccomp(security.privileged ? 'unconfined' : security.seccomp, held);
  const open = security.privileged;
  const main = ociProcess(spec.process, user, held, spec);
  const labels = selinuxLabels(spec);
  if (host.apparmor !== undefined) main.apparmorProfile = host.apparmor;
  if (labels) main.selinuxLabel = labels.process;
  const mountList = mounts(spec, { ...host, rootless: host.rootless || idMap !== undefined });
  if (spec.init) {
    mountList.push({ destination: INIT_PATH, type: 'bind', source: host.init(), options: ['bind', 'ro', 'nosuid', 'nodev'] });
    main.args = [INIT_PATH, '--', ...main.args];
  }
  return {
    ociVersion: '1.0.2',
    process: main,
    root: { path: rootfs, ...(spec.readonlyRootfs ? { readonly: true } : {}) },
    ...(spec.hostname !== undefined && spec.utsNamespace === undefined ? { hostname: spec.hostname } : {}),
    mounts: mountList,
    ...(spec.annotations ? { annotations: spec.annotations } : {}),
    ...(spec.hooks && Object.keys(spec.hooks).length > 0 ? { hooks: spec.hooks } : {}),
    linux: {
      namespaces: [...namespaces(spec, host.cgroups), ...(idMap ? [{ type: 'user' }] : [])],
      ...(idMap ? { uidMappings: ociMapping(idMap.uids), gidMappings: ociMapping(idMap.gids) } : {}),
      ...cgroupOf(spec, cgroupsPath, host, device.rules),
      ...(device.devices.length > 0 ? { devices: device.devices } : {}),
      ...sysctls(spec, host.rootless || idMap !== undefined),
      ...(filter ? { seccomp: filter } : {}),
      ...(labels ? { mountLabel: labels.mount } : {}),
      maskedPaths: security.maskedPaths ?? (open ? [] : maskedPaths),
      readonlyPaths: security.readonlyPaths ?? (open ? [] : readonlyPaths),
      ...propagation(spec),
    },
  };
}

/** Without a path, an OCI runtime leaves cgroups alone that it may not make. */
function cgroupOf(spec: ContainerSpec, cgroupsPath: string, { rootless, cgroups, delegated }: SpecHost, devices: NonNullable<OciResources['devices']>): Pick<OciSpec['linux'], 'cgroupsPath' | 'resources'> {
  if (!rootless) return { cgroupsPath, resources: { devices, ...resources(spec.resources, cgroups) } };
  if (!delegated) return { resources: { devices } };
  const { allowed } = withinDelegation(spec.resources, delegated.mode);
  return { ...(delegated.path === undefined ? {} : { cgroupsPath: delegated.path }), resources: { devices, ...resources(allowed, delegated.mode) } };
}

/** What docker refuses as well: rights over the host mean nothing in a user namespace. @throws CaissonError `invalid-argument` */
function checkUserNamespace({ security, networkNamespace, pidNamespace, ipcNamespace }: ContainerSpec): void {
  const shared = Object.entries({ '--privileged': security.privileged, '--network host': networkNamespace === 'host', '--pid host': pidNamespace === 'host', '--ipc host': ipcNamespace === 'host' }).find(([, asked]) => asked)?.[0];
  if (shared !== undefined) throw new CaissonError('invalid-argument', `${shared} cannot be had in a user namespace`, { hint: 'add --userns host' });
}

/** The process part, which an exec has as well. */
export function ociProcess(process: ProcessSpec, user: ResolvedUser, held: readonly string[], spec: Pick<ContainerSpec, 'security' | 'resources'>): OciProcess {
  const { ulimits, oomScoreAdj } = spec.resources;
  if (process.args.length === 0) throw new CaissonError('invalid-argument', 'there is no command to run', { hint: 'the image has no CMD or ENTRYPOINT: give a command' });
  return {
    ...(process.terminal ? { terminal: true } : {}),
    ...(process.terminal && process.terminalSize ? { consoleSize: { height: process.terminalSize.rows, width: process.terminalSize.columns } } : {}),
    user: { uid: user.uid, gid: user.gid, ...(user.additionalGids.length > 0 ? { additionalGids: user.additionalGids } : {}) },
    args: process.args,
    env: process.env,
    cwd: process.cwd === '' ? '/' : process.cwd,
    capabilities: capabilitySets(held, user.uid),
    noNewPrivileges: spec.security.noNewPrivileges,
    // Both may fail without CAP_SYS_RESOURCE, so they are written only when asked for.
    ...(ulimits?.length ? { rlimits: rlimits(ulimits) } : {}),
    ...(oomScoreAdj === undefined ? {} : { oomScoreAdj }),
  };
}

/** docker's own: an ordinary user may bind low ports and ping, in a network namespace that is the container's own. */
function sysctls(spec: ContainerSpec, rootless: boolean): { sysctl?: Record<string, string> } {
  const own = spec.networkNamespace !== 'host' && !spec.security.privileged ? { 'net.ipv4.ip_unprivileged_port_start': '0', 'net.ipv4.ping_group_range': rootless ? '0 65535' : '0 2147483647' } : {};
  const domain = spec.domainname && spec.utsNamespace === undefined ? { 'kernel.domainname': spec.domainname } : {};
  const sysctl = { ...own, ...domain, ...spec.sysctls };
  return Object.keys(sysctl).length > 0 ? { sysctl } : {};
}

function propagation(spec: ContainerSpec): { rootfsPropagation?: string } {
  const all = spec.mounts.flatMap(({ options }) => options);
  if (all.some((option) => option === 'shared' || option === 'rshared')) return { rootfsPropagation: 'shared' };
  if (all.some((option) => option === 'slave' || option === 'rslave')) return { rootfsPropagation: 'rslave' };
  return {};
}

/** Whether mounts made inside are to be seen outside. */
export function sharesMounts(spec: ContainerSpec): boolean {
  return propagation(spec).rootfsPropagation === 'shared';
}
