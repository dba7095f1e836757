import { CaissonError } from '@caisson/core';
import { koffi, loadLibrary } from './koffi.js';
import type { LibraryPaths } from './library-paths.js';

const SDDL_REVISION_1 = 1;

/** Makes binary security descriptors of SDDL, as older layers have them. */
export function securityParser(paths: LibraryPaths): (sddl: string) => Uint8Array {
  const advapi32 = loadLibrary(paths.advapi32);
  const convert = advapi32.func('int ConvertStringSecurityDescriptorToSecurityDescriptorW(str16 text, uint32_t revision, _Out_ void **descriptor, _Out_ uint32_t *size)');
  const free = loadLibrary(paths.kernel32).func('void *LocalFree(void *memory)');
  return (sddl) => {
    const descriptor: [unknown] = [null];
    const size: [number] = [0];
    if (Number(convert(sddl, SDDL_REVISION_1, descriptor, size)) === 0) throw new CaissonError('invalid-content', 'the layer has a security descriptor that Windows does not understand');
    try {
      return Uint8Array.from(koffi().decode(descriptor[0], 'uint8_t', size[0]) as number[]);
    } finally {
      free(descriptor[0]);
    }
  };
}
