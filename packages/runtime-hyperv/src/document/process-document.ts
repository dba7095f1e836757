import { CaissonError, type ProcessSpec } from '@caisson/core';
import { commandLine } from './command-line.js';

/** A process as schema 1 has it (hcsshim: internal/hcs/schema1/schema1.go, `ProcessConfig`). */
export interface ProcessDocument {
  readonly CommandLine: string;
  /** Absent: the container's own, ContainerUser or what the image says. */
  readonly User?: string;
  readonly WorkingDirectory: string;
  readonly Environment: Readonly<Record<string, string>>;
  readonly EmulateConsole: boolean;
  readonly CreateStdInPipe: boolean;
  readonly CreateStdOutPipe: boolean;
  readonly CreateStdErrPipe: boolean;
  /** Rows, then columns. */
  readonly ConsoleSize?: readonly [number, number];
}

/** Input and output pipes are always made, as docker does: a process without them may take the service's own. */
export function processDocument(process: ProcessSpec): ProcessDocument {
  const { terminal, terminalSize, user, cwd } = process;
  return {
    CommandLine: commandLine(process),
    ...(user ? { User: checkedUser(user) } : {}),
    WorkingDirectory: workingDirectory(cwd),
    Environment: environment(process.env),
    EmulateConsole: terminal,
    CreateStdInPipe: true,
    CreateStdOutPipe: true,
    // A console has one output.
    CreateStdErrPipe: !terminal,
    ...(terminal && terminalSize ? { ConsoleSize: [terminalSize.rows, terminalSize.columns] as const } : {}),
  };
}

/** `C:\` where none is given; slashes and a missing drive as docker takes them. */
export function workingDirectory(cwd: string): string {
  const path = cwd.replaceAll('/', '\\');
  if (path === '' || path === '\\') return 'C:\\';
  if (/^[a-z]:$/i.test(path)) return `${path}\\`;
  if (/^[a-z]:\\/i.test(path)) return path;
  if (path.startsWith('\\') && !path.startsWith('\\\\')) return `C:${path}`;
  throw new CaissonError('invalid-argument', `the working directory ${JSON.stringify(cwd)} is not an absolute path of Windows`);
}

/** Names are compared without regard to case, as Windows does: the last one wins, in the spelling of the last. */
export function environment(env: readonly string[]): Record<string, string> {
  const byName = new Map<string, [string, string]>();
  for (const entry of env) {
    // Windows has variables such as `=C:`, whose name begins with the sign.
    const at = entry.indexOf('=', 1);
    if (at < 1 || entry.includes('\0')) throw new CaissonError('invalid-argument', `invalid environment variable ${JSON.stringify(entry.slice(0, 60))}`, { hint: 'write NAME=value' });
    const name = entry.slice(0, at);
    byName.delete(name.toUpperCase());
    byName.set(name.toUpperCase(), [name, entry.slice(at + 1)]);
  }
  return Object.fromEntries(byName.values());
}

/** Names of accounts only: there are no numbers, and no groups beside the user. */
function checkedUser(user: string): string {
  if (/^\d+(?::\d+)?$/.test(user)) throw new CaissonError('unsupported', `the user ${user} is a number: Windows knows users by name`, { hint: 'ContainerAdministrator and ContainerUser are in every image' });
  if (user.includes(':')) throw new CaissonError('unsupported', `the user ${user} names a group: a process of Windows has none beside its user`);
  return user;
}
