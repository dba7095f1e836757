import type { VolumeRecord } from '@caisson/core';
import type { VolumeBody } from '../types/volume.js';

export function encodeVolume({ name, created, driver, mountpoint, labels, options }: VolumeRecord, usage?: { readonly bytes: number; readonly users: number }): VolumeBody {
  return {
    CreatedAt: created.toISOString().replace(/\.\d+Z$/, 'Z'),
    Driver: driver,
    Labels: Object.keys(labels).length > 0 ? labels : null,
    Mountpoint: mountpoint,
    Name: name,
    Options: Object.keys(options).length > 0 ? options : null,
    Scope: 'local',
    ...(usage ? { UsageData: { Size: usage.bytes, RefCount: usage.users } } : {}),
  };
}
