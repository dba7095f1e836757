import { win32 } from 'node:path';
import type { LinuxHost } from './linux-host.js';
import type { Probe } from './probe.js';

/** The first version of WSL that has containers of its own. */
const needed = [2, 9, 3] as const;

/** A way to find a LinuxHost; a text says why there is none. */
export interface Strategy {
  readonly name: string;
  find(probe: Probe): Promise<LinuxHost | string>;
}

/** `wslc.exe`, the container command of the Windows Subsystem for Linux. */
export const wslcStrategy: Strategy = {
  name: 'wslc.exe',
  async find(probe) {
    const program = candidates(probe).find((path) => probe.exists(path));
    if (program === undefined) return 'it is not in the folder of WSL, nor in PATH';
    const said = await probe.run(program, ['--version']);
    const version = /(\d+)\.(\d+)\.(\d+)/.exec(said);
    if (!version) return `${program} does not tell its version`;
    const text = version[0];
    return isOld(version.slice(1).map(Number)) ? `it is of version ${text}, and ${needed.join('.')} is needed` : { kind: 'wslc', program, version: text };
  },
};

function candidates({ env }: Probe): string[] {
  const folders = [win32.join(env['ProgramFiles'] ?? String.raw`C:\Program Files`, 'WSL'), ...(env['Path'] ?? env['PATH'] ?? '').split(';')];
  // A relative folder in PATH would be one of the working directory.
  return folders.filter((folder) => win32.isAbsolute(folder)).map((folder) => win32.join(folder, 'wslc.exe'));
}

function isOld(version: readonly number[]): boolean {
  for (const [place, least] of needed.entries()) if ((version[place] ?? 0) !== least) return (version[place] ?? 0) < least;
  return false;
}
