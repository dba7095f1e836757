import { posix, win32 } from 'node:path';
import { CaissonError } from '../../errors.js';

/** Windows sets PATH and the like by itself. */
export function windowsEnv(terminal: boolean | undefined): [string, string][] {
  return terminal ? [['TERM', 'xterm']] : [];
}

/** A working directory of a Windows container: slashes and a missing drive as docker takes them. @throws CaissonError `invalid-argument` */
export function windowsFolder(given: string): string {
  const path = win32.normalize(/^[a-z]:$/i.test(given) ? `${given}\\` : given);
  if (/^[a-z]:\\/i.test(path)) return path;
  if (path.startsWith('\\') && !path.startsWith('\\\\')) return `C:${path}`;
  throw new CaissonError('invalid-argument', `the working directory ${JSON.stringify(given)} is not an absolute path`);
}

/**
 * Where a mount is to be seen, cleaned: of Windows containers a folder `C:\folder`, a drive `D:`, or a named pipe.
 * @throws CaissonError `invalid-argument`
 */
export function absoluteTarget(given: string, os: string): string {
  if (os !== 'windows') {
    const target = posix.normalize(given).replace(/(?<=.)\/$/, '');
    if (!target.startsWith('/')) throw new CaissonError('invalid-argument', `the mount target ${JSON.stringify(given)} is not an absolute path`);
    if (target === '/') throw new CaissonError('invalid-argument', 'nothing can be mounted over the root of the container');
    return target;
  }
  if (/^\\\\\.\\pipe\\./i.test(given)) return given;
  // A bare drive would be normalised to its working directory.
  const target = /^[a-z]:$/i.test(given) ? given : win32.normalize(given).replace(/\\$/, '');
  const path = target.startsWith('\\') && !target.startsWith('\\\\') ? `C:${target}` : target;
  if (!/^[a-z]:/i.test(path)) throw new CaissonError('invalid-argument', `the mount target ${JSON.stringify(given)} is not an absolute path`);
  if (/^c:$/i.test(path)) throw new CaissonError('invalid-argument', 'nothing can be mounted over the root of the container');
  return path;
}
