import { CaissonError } from '@caisson/core';
import { loadLibrary } from './koffi.js';
import type { LibraryPaths } from './library-paths.js';

const TOKEN_ADJUST_PRIVILEGES = 0x20;
const TOKEN_QUERY = 0x08;
const SE_PRIVILEGE_ENABLED = 2;
const ERROR_NOT_ALL_ASSIGNED = 1300;

/**
 * Turns privileges on for this process: `SeBackupPrivilege`, `SeRestorePrivilege`, `SeSecurityPrivilege`. It then reads and writes files
 * without regard to their permissions: only for a process that does nothing else.
 * @throws CaissonError `denied` for an account that does not have them
 */
export function enablePrivileges(paths: LibraryPaths, names: readonly string[]): void {
  const kernel32 = loadLibrary(paths.kernel32);
  const advapi32 = loadLibrary(paths.advapi32);
  const self = kernel32.func('int64_t GetCurrentProcess()');
  const lastError = kernel32.func('uint32_t GetLastError()');
  const close = kernel32.func('int CloseHandle(int64_t handle)');
  const openToken = advapi32.func('int OpenProcessToken(int64_t process, uint32_t access, _Out_ int64_t *token)');
  const lookUp = advapi32.func('int LookupPrivilegeValueW(str16 system, str16 name, _Out_ uint8_t *luid)');
  const adjust = advapi32.func('int AdjustTokenPrivileges(int64_t token, int disableAll, uint8_t *state, uint32_t size, intptr_t previous, intptr_t length)');
  const token: [number | bigint] = [0];
  if (Number(openToken(self(), TOKEN_ADJUST_PRIVILEGES | TOKEN_QUERY, token)) === 0) throw new CaissonError('denied', `the process's own token cannot be opened: Windows error ${Number(lastError())}`);
  try {
    for (const name of names) {
      const luid = Buffer.alloc(8);
      if (Number(lookUp(null, name, luid)) === 0) throw new CaissonError('unsupported', `this version of Windows does not know ${name}`);
      // TOKEN_PRIVILEGES: a count, then each LUID with its attributes.
      const state = Buffer.alloc(16);
      state.writeUInt32LE(1, 0);
      luid.copy(state, 4);
      state.writeUInt32LE(SE_PRIVILEGE_ENABLED, 12);
      const done = Number(adjust(token[0], 0, state, state.length, 0, 0));
      if (done === 0 || Number(lastError()) === ERROR_NOT_ALL_ASSIGNED) throw new CaissonError('denied', `this account does not have ${name}`, { hint: 'run it as an administrator' });
    }
  } finally {
    close(token[0]);
  }
}
