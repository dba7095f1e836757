import { lstatSync, readdirSync, realpathSync, statSync, type Stats } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, fromSystemError, type ContainerSpec } from '@caisson/core';
import { deviceNumbers } from './block-io.js';
import type { OciDevice, OciResources } from './oci.js';

type Rules = NonNullable<OciResources['devices']>;

/**
 * Device nodes beyond the standard ones (null, zero, random, tty, …, which the OCI runtime makes itself), and what the device cgroup
 * lets through. @throws CaissonError `not-found`, `invalid-argument`.
 */
export function devices(spec: ContainerSpec): { devices: OciDevice[]; rules: Rules } {
  const asked = (spec.devices ?? []).flatMap(({ hostPath, containerPath, permissions }) => {
    if (!/^[rwm]{1,3}$/.test(permissions)) throw new CaissonError('invalid-argument', `device permissions are some of the letters r, w and m, not ${JSON.stringify(permissions.slice(0, 20))}`);
    return below(hostPath, containerPath).map((device) => ({ device, permissions }));
  });
  if (spec.security.privileged) {
    const named = new Set(asked.map(({ device }) => device.path));
    return { devices: [...asked.map(({ device }) => device), ...hostDevices().filter(({ path }) => !named.has(path))], rules: [{ allow: true, access: 'rwm' }] };
  }
  return {
    devices: asked.map(({ device }) => device),
    rules: [{ allow: false, access: 'rwm' }, ...asked.map(({ device, permissions }) => ({ allow: true, type: device.type, major: device.major, minor: device.minor, access: permissions })), ...(spec.deviceCgroupRules ?? []).map(parseRule)],
  };
}

/** `c 42:* rwm`, as devices.allow of the kernel has it. @throws CaissonError `invalid-argument` */
function parseRule(text: string): Rules[number] {
  const [, type, major = '', minor = '', access = ''] = /^([acb]) (\d+|\*):(\d+|\*) ([rwm]{1,3})$/.exec(text) ?? [];
  if (type === undefined) throw new CaissonError('invalid-argument', `not a rule of the device cgroup: ${JSON.stringify(text.slice(0, 60))}`, { hint: "write it as 'c 42:* rwm'" });
  return { allow: true, type, ...(major === '*' ? {} : { major: Number(major) }), ...(minor === '*' ? {} : { minor: Number(minor) }), access };
}

/** The device at `hostPath`, or all in the folder there. */
function below(hostPath: string, containerPath: string): OciDevice[] {
  let stat: Stats;
  try {
    stat = statSync(hostPath);
  } catch (error) {
    throw fromSystemError(error, `looking for the device ${hostPath}`);
  }
  if (stat.isDirectory()) return walk(realpathSync(hostPath), containerPath, 0);
  if (!isDevice(stat)) throw new CaissonError('invalid-argument', `${hostPath} is not a device`);
  return [device(containerPath, stat)];
}

function walk(folder: string, containerPath: string, depth: number): OciDevice[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && depth < 8) return walk(path, join(containerPath, entry.name), depth + 1);
    if (!entry.isCharacterDevice() && !entry.isBlockDevice()) return [];
    const stat = lstatSync(path, { throwIfNoEntry: false }); // may be gone by now
    return stat ? [device(join(containerPath, entry.name), stat)] : [];
  });
}

/** All of the host's, but for what a container has of its own. */
function hostDevices(): OciDevice[] {
  const own = new Set(['pts', 'shm', 'fd', 'mqueue', 'console', '.lxc', '.lxd-mounts', '.udev']);
  const standard = new Set(['null', 'zero', 'full', 'random', 'urandom', 'tty', 'ptmx']);
  return readdirSync('/dev', { withFileTypes: true })
    .filter(({ name }) => !own.has(name) && !standard.has(name))
    .flatMap((entry) => (entry.isDirectory() ? walk(`/dev/${entry.name}`, `/dev/${entry.name}`, 1) : entry.isCharacterDevice() || entry.isBlockDevice() ? below(`/dev/${entry.name}`, `/dev/${entry.name}`) : []));
}

const isDevice = (stat: Stats) => stat.isCharacterDevice() || stat.isBlockDevice();

function device(path: string, stat: Stats): OciDevice {
  return { path, type: stat.isBlockDevice() ? 'b' : 'c', ...deviceNumbers(stat.rdev), fileMode: stat.mode & 0o7777, uid: stat.uid, gid: stat.gid };
}
