import type { VolumeRecord } from '@caisson/core';
import type { VolumeBody } from '../types/volume.js';
import { dateOf } from './values.js';

/** Volumes without a name of their own are known by docker's label, or by a name of 64 hexadecimal digits. */
export function decodeVolume(one: VolumeBody): VolumeRecord {
  const labels = one.Labels ?? {};
  return {
    name: one.Name,
    created: dateOf(one.CreatedAt),
    driver: 'local',
    mountpoint: one.Mountpoint,
    anonymous: 'com.docker.volume.anonymous' in labels || /^[0-9a-f]{64}$/.test(one.Name),
    labels,
    options: one.Options ?? {},
  };
}
