import { CaissonError } from '@caisson/core';

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

/** «3 hours», as docker's tables have it. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  if (seconds < 1) return 'Less than a second';
  const steps: [number, string][] = [[365 * 86400, 'year'], [30 * 86400, 'month'], [7 * 86400, 'week'], [86400, 'day'], [3600, 'hour'], [60, 'minute'], [1, 'second']];
  for (const [length, name] of steps) {
    const count = Math.floor(seconds / length);
    if (count >= (name === 'week' || name === 'month' || name === 'year' ? 2 : 1)) return count === 1 && name !== 'second' ? (name === 'day' ? '24 hours' : `About ${name === 'hour' ? 'an' : 'a'} ${name}`) : `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return `${seconds} seconds`;
}

/** `512m`, `1.5g`, `100` (bytes). @throws CaissonError `invalid-argument` */
export function parseSize(text: string, flag: string): number {
  const [, number = '', unit = ''] = /^(\d+(?:\.\d+)?)\s*([kmgtp]?)i?b?$/i.exec(text) ?? [];
  if (number === '') throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(text)} is not a size`, { hint: 'write a number with one of b, k, m, g behind it, such as 512m' });
  return Math.floor(Number(number) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}
