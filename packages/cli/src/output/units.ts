import { CaissonError } from '@caisson/core';
import { USAGE } from './errors.js';

/** «3 hours», as docker's tables have it. */
export { humanDuration as formatDuration } from '@caisson/docker-api/encode';

/** As docker does: powers of 1000, three significant digits. */
export function formatSize(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : Number(value.toPrecision(3))}${units[unit]}`;
}

/** As docker's tables have a point in time: `2026-01-31 12:00:00 +0000 UTC`. */
export function formatTime(time: Date): string {
  return Number.isNaN(time.getTime()) ? 'N/A' : `${time.toISOString().slice(0, 19).replace('T', ' ')} +0000 UTC`;
}

/** `512m`, `1.5g`, `100` (bytes). @throws CaissonError `invalid-argument` */
export function parseSize(text: string, flag: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)i?b?$/i.exec(text) ?? [];
  if (number === '') throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(text)} is not a size`, { hint: 'write a number with one of b, k, m, g behind it, such as 512m', details: { exitCode: USAGE } });
  return Math.floor(Number(number) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}

/** Powers of 1024, four significant digits: what docker shows of memory. */
export function formatBinarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const unit = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${Number((bytes / 1024 ** unit).toPrecision(4))}${units[unit]}`;
}
