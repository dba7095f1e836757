import { CaissonError } from '@caisson/core';

/** One side of `cp`, as it is written. */
export type Place = { readonly kind: 'stream' } | { readonly kind: 'local'; readonly path: string } | { readonly kind: 'container'; readonly container: string; readonly path: string };

/**
 * `CONTAINER:PATH`, or a path of this host: `./name:with-colon` and absolute paths are always that. Slashes are made to lean one way: those of
 * this host's paths on Windows, and those of a container's path that names a drive.
 * @throws CaissonError `invalid-argument`
 */
export function parsePlace(text: string, platform = process.platform): Place {
  if (text === '-') return { kind: 'stream' };
  const colon = text.indexOf(':');
  const windows = platform === 'win32';
  const absolute = windows ? /^(?:[A-Za-z]:[\\/]|[\\/])/.test(text) : text.startsWith('/');
  if (colon < 0 || text.startsWith('.') || absolute) return { kind: 'local', path: windows ? slashes(text) : text };
  const container = text.slice(0, colon);
  if (container === '') throw new CaissonError('invalid-argument', `${JSON.stringify(text)} names no container`, { hint: 'write CONTAINER:PATH' });
  const path = text.slice(colon + 1) || '/';
  return { kind: 'container', container, path: windows || /^[A-Za-z]:\\/.test(path) ? insideDrive(slashes(path)) : path };
}

function slashes(path: string): string {
  return path.replaceAll('\\', '/');
}

/** A container of Windows has one drive, whose folders are named with it or without. */
function insideDrive(path: string): string {
  return /^c:(?:\/|$)/i.test(path) ? path.slice(2) || '/' : path;
}

export interface SourceInfo {
  readonly name: string;
  readonly isFolder: boolean;
  /** The path ends with `/.`: what is in the folder is meant, and not the folder. */
  readonly contentsOnly: boolean;
}

export interface TargetInfo {
  readonly path: string;
  readonly exists: boolean;
  readonly isFolder: boolean;
  readonly parent: string;
  readonly name: string;
}

/**
 * Where a copy goes, by docker's rules (docs.docker.com, «docker container cp»): the folder that is unpacked into, and what the copied file or
 * folder is called in it; undefined where only what is in the source folder is copied.
 * @throws CaissonError `invalid-argument`, `not-found`
 */
export function destination(source: SourceInfo, target: TargetInfo): { folder: string; name: string | undefined } {
  if (target.exists && target.isFolder) return { folder: target.path, name: source.contentsOnly ? undefined : source.name };
  if (target.exists && source.isFolder) throw new CaissonError('invalid-argument', `a folder cannot be copied to ${target.path}, which is a file`);
  if (target.exists && namesFolder(target.path)) throw new CaissonError('invalid-argument', `${target.path} is no folder`);
  if (!target.exists && !source.isFolder && namesFolder(target.path)) throw new CaissonError('not-found', `the folder ${target.path} does not exist`, { hint: 'make it first, or leave the slash at the end out' });
  return { folder: target.parent, name: target.name };
}

/** A path that can only mean a folder. */
export function namesFolder(path: string): boolean {
  return /(?:^|\/)\.{0,2}$/.test(path);
}

export function meansContents(path: string): boolean {
  return /(?:^|\/)\.$/.test(path);
}

/** The folder and the name of a path; a slash at its end does not count. */
export function splitPath(path: string): { parent: string; name: string } {
  const plain = path.replace(/(?<=.)\/+$/, '');
  const slash = plain.lastIndexOf('/');
  return { parent: slash < 0 ? '.' : plain.slice(0, slash) || '/', name: plain.slice(slash + 1) };
}
