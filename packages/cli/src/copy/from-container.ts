import { realpathSync, statSync } from 'node:fs';
import { CaissonError, extractInto, fromSystemError, isCaissonError, rawPath, RootView, systemCode } from '@caisson/core';
import type { Cli } from '../cli.js';
import { writePieces } from '../output/write.js';
import { destination, meansContents, splitPath, type TargetInfo } from './place.js';
import { hostSyscalls } from './host-syscalls.js';
import type { CopyOptions } from './options.js';

const S_IFMT = 0o170000;
const S_IFDIR = 0o040000;

/** A tar of what is at the path, on standard output. */
export async function streamOut(cli: Cli, container: string, path: string, { followLink }: CopyOptions): Promise<void> {
  if (process.stdout.isTTY) throw new CaissonError('invalid-argument', 'an archive is not for a terminal', { hint: 'send it into a pipe or a file' });
  const { tar } = await cli.engine.containers.read(container, await resolved(cli, container, path, followLink), { signal: cli.signal });
  await writePieces(tar);
}

/** Returns the bytes that were copied. */
export async function copyOut(cli: Cli, container: string, path: string, local: string, { followLink, archive }: CopyOptions): Promise<number> {
  const from = await resolved(cli, container, path, followLink);
  const { stat, tar } = await cli.engine.containers.read(container, from, { signal: cli.signal });
  const own = splitPath(path).name;
  const source = { name: own === '' || own === '.' || own === '..' ? stat.name : own, isFolder: (stat.mode & S_IFMT) === S_IFDIR, contentsOnly: meansContents(path) };
  const { folder, name } = destination(source, localTarget(local));
  let bytes = 0;
  const syscalls = await hostSyscalls();
  using view = new RootView(folder);
  // The archive's entries lie below the name that the path has there.
  const top = rawPath(stat.name === '/' || stat.name === '.' ? '' : stat.name);
  await extractInto(tar, {
    root: folder,
    folder: '',
    view,
    keepTypes: true,
    keepOwners: archive,
    signal: cli.signal,
    onFile: (size) => (bytes += size),
    rename: (entry) => renamed(entry, top, name === undefined ? '' : rawPath(name)),
    ...(syscalls ? { syscalls } : {}),
  }).catch((error: unknown) => {
    // The full disk is the one of the folder, and not that of containers.
    throw isCaissonError(error, 'no-space') ? fromSystemError(error.cause, `copying to ${local}`, folder) : error;
  });
  return bytes;
}

function renamed(entry: string, from: string, to: string): string | undefined {
  const rest = from === '' ? entry : entry === from ? '' : entry.startsWith(`${from}/`) ? entry.slice(from.length + 1) : undefined;
  if (rest === undefined) return undefined;
  return to === '' ? rest : rest === '' ? to : `${to}/${rest}`;
}

/** With `-L`, where the link at the path leads. */
async function resolved(cli: Cli, container: string, path: string, followLink: boolean): Promise<string> {
  if (!followLink) return path;
  const { linkTarget } = await cli.engine.containers.stat(container, path);
  return linkTarget || path;
}

/** A link at the end is followed, as docker does; one that leads nowhere is not there. */
function localTarget(path: string): TargetInfo {
  try {
    const real = realpathSync(path);
    const isFolder = statSync(real).isDirectory();
    return { path: isFolder ? real : path.endsWith('/') ? path : real, exists: true, isFolder, ...splitPath(real) };
  } catch (error) {
    if (systemCode(error) !== 'ENOENT' && systemCode(error) !== 'ENOTDIR') throw fromSystemError(error, `looking at ${path}`);
  }
  const { parent, name } = splitPath(path);
  const folder = statSync(parent, { throwIfNoEntry: false });
  if (!folder?.isDirectory()) throw new CaissonError('not-found', `the folder ${parent} does not exist`);
  return { path, exists: false, isFolder: false, parent, name };
}
