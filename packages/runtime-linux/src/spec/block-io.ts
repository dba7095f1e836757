import { statSync } from 'node:fs';
import { CaissonError, fromSystemError, type DeviceRate, type Resources } from '@caisson/core';
import type { OciResources } from './oci.js';

type BlockIo = NonNullable<OciResources['blockIO']>;

/** Limits of block devices, which are named by path and meant by number. @throws CaissonError `not-found`, `invalid-argument` */
export function blockIo(wanted: Resources): BlockIo {
  const { blkioWeight, blkioWeightDevices } = wanted;
  for (const weight of [...(blkioWeight ? [blkioWeight] : []), ...(blkioWeightDevices ?? []).map((device) => device.weight)])
    if (weight < 10 || weight > 1000) throw new CaissonError('invalid-argument', `a block I/O weight is between 10 and 1000, not ${weight}`);
  const result: BlockIo = {
    ...(blkioWeight ? { weight: blkioWeight } : {}),
    ...(blkioWeightDevices?.length ? { weightDevice: blkioWeightDevices.map(({ path, weight }) => ({ ...numbers(path), weight })) } : {}),
  };
  const rates = (list: readonly DeviceRate[]) => list.map(({ path, rate }) => ({ ...numbers(path), rate }));
  if (wanted.blkioReadBps?.length) result.throttleReadBpsDevice = rates(wanted.blkioReadBps);
  if (wanted.blkioWriteBps?.length) result.throttleWriteBpsDevice = rates(wanted.blkioWriteBps);
  if (wanted.blkioReadIops?.length) result.throttleReadIOPSDevice = rates(wanted.blkioReadIops);
  if (wanted.blkioWriteIops?.length) result.throttleWriteIOPSDevice = rates(wanted.blkioWriteIops);
  return result;
}

function numbers(path: string): { major: number; minor: number } {
  try {
    const stat = statSync(path);
    if (!stat.isBlockDevice()) throw new CaissonError('invalid-argument', `${path} is not a block device`);
    return deviceNumbers(stat.rdev);
  } catch (error) {
    throw error instanceof CaissonError ? error : fromSystemError(error, `looking for the device ${path}`);
  }
}

/** glibc's layout of dev_t; the upper halves do not occur on Linux, whose majors have 12 bits and minors 20. */
export function deviceNumbers(rdev: number): { major: number; minor: number } {
  return { major: (rdev >> 8) & 0xfff, minor: (rdev & 0xff) | ((rdev >> 12) & 0xfff00) };
}
