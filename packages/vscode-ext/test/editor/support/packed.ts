import { execFileSync } from 'node:child_process';

/** Packs the extension as it is built, and returns the path of the .vsix. */
export function packed(): string {
  const output = execFileSync(process.execPath, [new URL('../../../scripts/package.mjs', import.meta.url).pathname], { encoding: 'utf8' });
  const path = output.trim().split('\n').at(-1);
  if (path === undefined || !path.endsWith('.vsix')) throw new Error(`packing printed no path:\n${output}`);
  return path;
}
