import { CaissonError } from '../../errors.js';
import type { ContainerMount, ContainerSpec, DeviceEdits, Mount, PublishedPort, Security } from '../../runtime/index.js';
import type { ContainerRecord } from './record.js';

export interface SpecContext {
  readonly rootfs: readonly Mount[];
  readonly etcFiles: readonly ContainerMount[];
  /** `host`, a path, or undefined for a namespace with nothing but loopback. */
  readonly networkNamespace: string | undefined;
  readonly publishedPorts: readonly PublishedPort[] | undefined;
  readonly namespaces: Pick<ContainerSpec, 'pidNamespace' | 'ipcNamespace' | 'utsNamespace' | 'cgroupNamespace' | 'sharedMemory'>;
  readonly logPath: string | undefined;
  readonly journalTag: string | undefined;
  readonly exitCommand: readonly string[] | undefined;
  /** For the devices that are wanted by name. */
  readonly named: DeviceEdits | undefined;
}

/** The runtime's view of a container: all that the record says, and what was made ready for this start. */
export function containerSpec(record: ContainerRecord, context: SpecContext): ContainerSpec {
  const { options } = record;
  const hasOwnIds = options.usernsMode !== undefined && options.usernsMode !== '' && options.usernsMode !== 'host';
  // In a user namespace, what is the container's own is shown with its IDs; the host's folders keep theirs.
  const own = <M extends ContainerMount>(mount: M): M => (hasOwnIds ? { ...mount, options: [...mount.options, 'idmap'] } : mount);
  return {
    id: record.id,
    rootfs: context.rootfs,
    readonlyRootfs: options.readonlyRootfs ?? false,
    // What goes away with the container need not be written to the disk.
    ...given('volatileRootfs', options.autoRemove),
    process: context.named ? { ...record.process, env: [...record.process.env, ...context.named.env] } : record.process,
    hostname: record.hostname,
    ...given('domainname', options.domainname),
    // A mount lower down must come later, or the upper one would hide it.
    mounts: [...record.mounts.map((mount) => (mount.kind === 'volume' ? own(mount) : mount)), ...context.etcFiles.map(own), ...(context.named?.mounts ?? [])]
      .sort((a, b) => depth(a) - depth(b))
      .map(({ type, source, destination, options: mountOptions, relabel }) => ({ type, source, destination, options: mountOptions, ...given('relabel', relabel) })),
    ...given('networkNamespace', context.networkNamespace),
    ...given('publishedPorts', context.publishedPorts),
    ...context.namespaces,
    resources: options.resources ?? {},
    security: security(record),
    ...given('devices', context.named ? [...(options.devices ?? []), ...context.named.devices] : options.devices),
    ...given('hooks', context.named?.hooks),
    ...given('deviceCgroupRules', options.deviceCgroupRules),
    ...given('sysctls', options.sysctls),
    ...given('cgroupParent', options.cgroupParent),
    ...given('annotations', options.annotations),
    ...given('logPath', context.logPath),
    ...given('journalTag', context.journalTag),
    ...given('exitCommand', context.exitCommand),
    ...given('shmSize', options.shmSize),
    ...given('init', options.init),
    ...given('ociRuntime', options.ociRuntime),
    ...given('isolation', options.isolation),
    ...given('osVersion', record.osVersion),
    ...given('dnsSearch', options.dnsSearch),
  };
}

const depth = (mount: ContainerMount) => mount.destination.split('/').length;

/** Under exactOptionalPropertyTypes an absent field and an undefined one differ: this makes the former of the latter. */
function given<K extends string, T>(key: K, value: T | undefined): { [P in K]?: T } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: T };
}

/** @throws CaissonError `invalid-argument` for a security option that is not known. */
export function security({ options }: Pick<ContainerRecord, 'options'>): Security {
  let noNewPrivileges = false;
  let seccomp = options.privileged ? 'unconfined' : 'default';
  let apparmor: string | undefined;
  const selinux: string[] = [];
  let credentialSpec: string | undefined;
  let unmasked = options.privileged ?? false;
  for (const option of options.securityOptions ?? []) {
    const [key = '', value = ''] = option.split(/[=:](.*)/s);
    if (key === 'no-new-privileges' && ['', 'true', 'false'].includes(value)) noNewPrivileges = value !== 'false';
    else if (key === 'seccomp') seccomp = value;
    else if (key === 'apparmor') apparmor = value;
    else if (key === 'label') selinux.push(value);
    else if (key === 'credentialspec') credentialSpec = value;
    else if (key === 'systempaths' && value === 'unconfined') unmasked = true;
    else
      throw new CaissonError('invalid-argument', `unknown security option ${JSON.stringify(option.slice(0, 80))}`, {
        hint: 'known are no-new-privileges, seccomp=, apparmor=, label=, systempaths=unconfined and, on Windows, credentialspec=',
      });
  }
  return {
    privileged: options.privileged ?? false,
    capAdd: options.capAdd ?? [],
    capDrop: options.capDrop ?? [],
    noNewPrivileges,
    seccomp,
    ...given('usernsMode', options.usernsMode),
    ...(apparmor === undefined ? {} : { apparmor }),
    ...(selinux.length > 0 ? { selinux } : {}),
    ...given('credentialSpec', credentialSpec),
    ...(unmasked ? { maskedPaths: [], readonlyPaths: [] } : {}),
  };
}
