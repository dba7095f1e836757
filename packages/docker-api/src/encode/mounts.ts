import type { ContainerRecord, MountOptions } from '@caisson/core';
import type { MountPoint } from '../types/container.js';

type Mount = ContainerRecord['mounts'][number];

/** What is mounted, as inspect and lists show it. */
export function encodeMountPoint(mount: Mount): MountPoint {
  const readOnly = mount.options.includes('ro');
  if (mount.kind === 'tmpfs') return { Type: 'tmpfs', Source: '', Destination: mount.destination, Mode: '', RW: !readOnly, Propagation: '' };
  const propagation = mount.options.find((option) => /^r?(?:private|shared|slave)$/.test(option)) ?? '';
  if (mount.kind === 'bind') return { Type: 'bind', Source: mount.source, Destination: mount.destination, Mode: readOnly ? 'ro' : '', RW: !readOnly, Propagation: propagation };
  return { Type: 'volume', ...(mount.volume === undefined ? {} : { Name: mount.volume }), Source: mount.source, Destination: mount.destination, Driver: 'local', Mode: readOnly ? 'ro' : 'z', RW: !readOnly, Propagation: '' };
}

/** The binds and named volumes of a request, in the short form: `SOURCE:TARGET[:options]`. */
export function encodeBinds(mounts: readonly MountOptions[]): string[] {
  return mounts.flatMap((mount) => {
    if (mount.type === 'tmpfs' || mount.source === undefined) return [];
    const options = [...(mount.readOnly ? ['ro'] : []), ...(mount.type === 'bind' && mount.propagation ? [mount.propagation] : []), ...(mount.type === 'volume' && mount.noCopy ? ['nocopy'] : [])];
    return [[mount.source, mount.target, ...(options.length > 0 ? [options.join(',')] : [])].join(':')];
  });
}

export function encodeTmpfs(mounts: readonly MountOptions[]): Record<string, string> {
  return Object.fromEntries(
    mounts.flatMap((mount) => {
      if (mount.type !== 'tmpfs') return [];
      return [[mount.target, [...(mount.options ?? []), ...(mount.size === undefined ? [] : [`size=${mount.size}`]), ...(mount.mode === undefined ? [] : [`mode=${mount.mode.toString(8)}`])].join(',')]];
    }),
  );
}
