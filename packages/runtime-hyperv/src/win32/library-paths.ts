import { join } from 'node:path';

/** Where the DLLs are. Always absolute: a bare name would also be looked for in the working directory. */
export interface LibraryPaths {
  readonly vmcompute: string;
  readonly kernel32: string;
  readonly advapi32: string;
  readonly ole32: string;
  /** Has BackupRead and BackupWrite: kernel32, except where a test brings its own. */
  readonly backup: string;
}

export function libraryPaths(given: Partial<LibraryPaths> = {}): LibraryPaths {
  const system = join(process.env['SystemRoot'] ?? String.raw`C:\Windows`, 'System32');
  const kernel32 = given.kernel32 ?? join(system, 'kernel32.dll');
  return {
    vmcompute: given.vmcompute ?? join(system, 'vmcompute.dll'),
    kernel32,
    advapi32: given.advapi32 ?? join(system, 'advapi32.dll'),
    ole32: given.ole32 ?? join(system, 'ole32.dll'),
    backup: given.backup ?? kernel32,
  };
}
