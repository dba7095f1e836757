import { readdirSync, readFileSync } from 'node:fs';
import type { Sandbox } from './support.js';

/** The attendant of a sandbox's data root, if it runs. */
export function attendant(box: Sandbox): number | undefined {
  const found = readdirSync('/proc').filter((name) => /^\d+$/.test(name)).find((pid) => {
    try {
      const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      return args.includes('attend') && args.includes(box.path('run'));
    } catch {
      return false;
    }
  });
  return found === undefined ? undefined : Number(found);
}
