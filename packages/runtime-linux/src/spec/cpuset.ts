import { readFileSync } from 'node:fs';
import { CaissonError } from '@caisson/core';

/**
 * Refuses lists of CPUs (or memory nodes) that are not well-formed or name what this host has not; the kernel would only say that a number is
 * out of range. `online` is a file of the kernel's with such a list.
 * @throws CaissonError `invalid-argument`
 */
export function checkSet(what: 'CPUs' | 'memory nodes', wanted: string | undefined, online: string): void {
  if (wanted === undefined || wanted === '') return;
  const asked = parseSet(wanted);
  if (!asked) throw new CaissonError('invalid-argument', `${JSON.stringify(wanted)} is not a list of ${what}`, { hint: 'write numbers and ranges: 0,2 or 0-3' });
  const there = readSet(online);
  const known = there === undefined ? undefined : parseSet(there);
  if (known && !asked.every(([low, high]) => known.some(([from, to]) => from <= low && high <= to))) throw new CaissonError('invalid-argument', `the ${what} ${wanted} are not all there: this host has ${there}`);
}

/** Ranges, both ends included; undefined when it is no such list. */
function parseSet(text: string): [low: number, high: number][] | undefined {
  const ranges = text.trim().split(',').map((part): [number, number] => {
    const [, low, high = low] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part.trim()) ?? [];
    return [Number(low), Number(high)];
  });
  return ranges.every(([low, high]) => low <= high) ? ranges : undefined;
}

function readSet(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return undefined; // a kernel without memory nodes
  }
}
