import { win32 } from 'node:path';
import { CaissonError, type ContainerMount } from '@caisson/core';
import type { MappedDirectory, MappedPipe } from './container-document.js';

const pipePrefix = /^\\\\\.\\pipe\\/i;

/**
 * Mounts as the service takes them: folders of the host, and named pipes, which are pipes on both sides.
 * @throws CaissonError `invalid-argument`, `unsupported`
 */
export function mappedMounts(mounts: readonly ContainerMount[]): { directories: MappedDirectory[]; pipes: MappedPipe[] } {
  const directories: MappedDirectory[] = [];
  const pipes: MappedPipe[] = [];
  for (const { type, source, destination, options } of mounts) {
    if (type === 'tmpfs') throw new CaissonError('unsupported', `Windows containers do not have a tmpfs, as was asked for at ${destination}`);
    if (type !== 'bind' && type !== 'npipe') throw new CaissonError('unsupported', `Windows containers do not have mounts of type ${JSON.stringify(type)}`);
    const [from, to] = [source, destination].map((path) => path.replaceAll('/', '\\')) as [string, string];
    const isPipe = pipePrefix.test(to);
    if (isPipe !== pipePrefix.test(from))
      throw new CaissonError('invalid-argument', `${isPipe ? destination : source} is a named pipe and ${isPipe ? source : destination} is none: both sides of a mount must be`);
    if (isPipe) {
      pipes.push({ HostPath: from, ContainerPipeName: to.replace(pipePrefix, '') });
      continue;
    }
    if (type === 'npipe') throw new CaissonError('invalid-argument', `${source} is no named pipe: write \\\\.\\pipe\\NAME`);
    directories.push({ HostPath: checkedHost(from), ContainerPath: checkedTarget(to), ReadOnly: options.some((option) => option.toLowerCase() === 'ro' || option.toLowerCase() === 'readonly') });
  }
  return { directories, pipes };
}

function checkedHost(path: string): string {
  if (!/^(?:[a-z]:\\|\\\\)/i.test(path)) throw new CaissonError('invalid-argument', `the mount source ${path} is not an absolute path of Windows`);
  return win32.normalize(path).replace(/(?<=[^:\\])\\$/, '');
}

function checkedTarget(path: string): string {
  // A bare drive would be normalised to its working directory.
  const normal = /^[a-z]:$/i.test(path) ? path : win32.normalize(path);
  if (/^[a-z]:\\?$/i.test(normal)) {
    if (/^c:/i.test(normal)) throw new CaissonError('invalid-argument', 'the drive C: of a container cannot be mounted over');
    return normal.slice(0, 2);
  }
  if (!/^[a-z]:\\/i.test(normal)) throw new CaissonError('invalid-argument', `the mount target ${path} is not an absolute path of Windows`, { hint: String.raw`write C:\folder` });
  return normal.replace(/\\$/, '');
}
