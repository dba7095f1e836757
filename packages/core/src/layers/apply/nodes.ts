import { spawnSync } from 'node:child_process';
import { constants } from 'node:fs';
import type { TarEntry } from '../entry.js';
import type { FsPath, Syscalls } from '../syscalls.js';

const kinds = { char: { flag: constants.S_IFCHR, letter: 'c' }, block: { flag: constants.S_IFBLK, letter: 'b' }, fifo: { flag: constants.S_IFIFO, letter: 'p' } } as const;

/** Makes a device node or FIFO. @throws Error with an errno name as `code`; `EPERM` also where mknod(1) refuses, `ENOSYS` where there is none. */
export function makeNode(path: FsPath, type: 'char' | 'block' | 'fifo', entry: Pick<TarEntry, 'mode' | 'devmajor' | 'devminor'>, syscalls: Syscalls | undefined): void {
  const { flag, letter } = kinds[type];
  if (syscalls !== undefined) {
    syscalls.mknod(path, flag | (entry.mode & 0o777), entry.devmajor, entry.devminor);
    return;
  }
  const numbers = type === 'fifo' ? [] : [entry.devmajor, entry.devminor];
  // Node passes arguments as UTF-8: printf puts arbitrary bytes together again.
  const octal = [...Buffer.from(path.toString('latin1'), 'latin1')].map((byte) => `\\0${byte.toString(8)}`).join('');
  const script = 'p=$(printf "%bx" "$1"); p=${p%x}; shift; exec mknod "$p" "$@"';
  const result = spawnSync('sh', ['-c', script, 'sh', octal, letter, ...numbers.map(String)], { encoding: 'utf8' });
  if (result.error !== undefined || result.status === 127) throw errno('ENOSYS', 'mknod(1) is not there', result.error);
  if (result.status === 0) return;
  throw errno(result.stderr.includes('File exists') ? 'EEXIST' : 'EPERM', result.stderr.trim(), undefined);
}

function errno(code: string, message: string, cause: unknown): Error {
  return Object.assign(new Error(message, { cause }), { code });
}
