import { lstatSync, realpathSync, type BigIntStats } from 'node:fs';
import { resolve } from 'node:path';
import { CaissonError, fromSystemError, isCaissonError, rawPath, systemCode, TreeArchive } from '@caisson/core';
import type { Cli } from '../cli.js';
import { hostSyscalls } from './host-syscalls.js';
import type { CopyOptions } from './options.js';
import { destination, meansContents, namesFolder, splitPath, type TargetInfo } from './place.js';

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

/** Unpacks an archive from standard input, with its owners. */
export async function streamIn(cli: Cli, container: string, path: string): Promise<void> {
  if (process.stdin.isTTY) throw new CaissonError('invalid-argument', 'nothing comes on standard input', { hint: 'send an archive into it' });
  await cli.engine.containers.write(container, path, process.stdin as AsyncIterable<Uint8Array>, { keepOwners: true, keepTypes: true, signal: cli.signal });
}

/** Returns the bytes that were copied. */
export async function copyIn(cli: Cli, local: string, container: string, path: string, { followLink, archive }: CopyOptions): Promise<number> {
  const { location, stat } = localSource(local, followLink);
  const { name: own } = splitPath(local);
  const source = { name: own === '' || own === '.' || own === '..' ? splitPath(resolve(local)).name : own, isFolder: stat.isDirectory(), contentsOnly: meansContents(local) };
  const { folder, name } = destination(source, await containerTarget(cli, container, path));
  const syscalls = await hostSyscalls();
  const start = { location: rawPath(location), stat, name: name === undefined ? '' : rawPath(name) };
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array, void> {
    for await (const piece of new TreeArchive({ signal: cli.signal, ...(syscalls ? { syscalls } : {}) }).bytes(start)) {
      bytes += piece.byteLength;
      yield piece;
    }
  };
  await cli.engine.containers.write(container, folder, counted(), { keepTypes: true, keepOwners: archive, signal: cli.signal });
  return bytes;
}

function localSource(path: string, followLink: boolean): { location: string; stat: BigIntStats } {
  try {
    // A slash at the end says that the folder is meant to which a link leads.
    const location = followLink || namesFolder(path) ? realpathSync(path) : path;
    const stat = lstatSync(location, { bigint: true });
    if (namesFolder(path) && !stat.isDirectory()) throw new CaissonError('invalid-argument', `${path} is no folder`);
    return { location, stat };
  } catch (error) {
    if (systemCode(error) === 'ENOENT') throw new CaissonError('not-found', `${path} does not exist`);
    throw isCaissonError(error) ? error : fromSystemError(error, `reading ${path}`);
  }
}

async function containerTarget(cli: Cli, container: string, path: string): Promise<TargetInfo> {
  const { containers } = cli.engine;
  try {
    const stat = await containers.stat(container, path);
    const real = stat.linkTarget || path;
    const { mode } = stat.linkTarget ? await containers.stat(container, real) : stat;
    return { path: real, exists: true, isFolder: (mode & S_IFMT) === S_IFDIR, ...splitPath(real) };
  } catch (error) {
    if (!isCaissonError(error, 'not-found')) throw error;
    // The container itself must be there.
    await containers.get(container);
    return { path, exists: false, isFolder: false, ...splitPath(path.startsWith('/') ? path : `/${path}`) };
  }
}
