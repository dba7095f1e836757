import { win32 } from 'node:path';
import { CaissonError } from '@caisson/core';

/** The shell of RUN, CMD and ENTRYPOINT where the Dockerfile names none. */
export const windowsShell = ['cmd', '/S', '/C'] as const;

/** What BuildKit sets where a Dockerfile begins from nothing. */
export const windowsDefaults = { Env: [String.raw`PATH=c:\Windows\System32;c:\Windows;C:\Windows\System32\WindowsPowerShell\v1.0`], WorkingDir: 'C:\\' };

/** A WORKDIR against the one before, as Windows writes it: `C:\app`. */
export function joinWindowsPath(current: string | undefined, next: string): string {
  const base = drive(current || 'C:\\');
  const path = win32.normalize(next);
  const joined = /^[a-z]:/i.test(path) ? drive(path) : path.startsWith('\\') ? drive(`C:${path}`) : win32.join(base, path);
  return joined.length > 3 ? joined.replace(/\\$/, '') : joined;
}

/** Where in a layer's archive a path of the container is: `/Files/app`, with a slash at the end where the path has one. */
export function layerDestination(workdir: string | undefined, destination: string): string {
  const path = joinWindowsPath(workdir, destination);
  const inside = path.slice(3).replaceAll('\\', '/');
  const isFolder = /(?:[\\/]|(?:^|[\\/])\.{1,2})$/.test(destination);
  return `/Files${inside === '' ? '' : `/${inside}`}${isFolder ? '/' : ''}`;
}

/** A source of COPY --from, in the archive of a stage's layers. */
export function layerSource(path: string): string {
  return layerDestination('C:\\', path).replace(/(?<=.)\/$/, '');
}

/** Folders that Windows' base images have: what is below them may be the base's. */
const baseFolders = /^\/Files(?:$|\/(?:windows|users|documents and settings|program files|program files \(x86\)|programdata|inetpub|license\.txt)(?:\/|$)|\/[^/]*[*?[])/i;

/** A path that only a stage itself can have made: its base, of gigabytes, need not be looked into for it. */
export function isOwnPath(source: string): boolean {
  return !baseFolders.test(source);
}

/** A source in the build context, whichever way its slashes lean. */
export function contextPath(path: string): string {
  return path.replaceAll('\\', '/');
}

/** @throws CaissonError `invalid-argument` for another drive than C:, which a container's layers do not have */
function drive(path: string): string {
  const normal = win32.normalize(/^[\\/]/.test(path) ? `C:${path}` : path);
  if (/^c:/i.test(normal)) return normal.length === 2 ? 'C:\\' : `C:\\${normal.slice(2).replace(/^\\/, '')}`;
  throw new CaissonError('invalid-argument', `${path} is not on the drive C:, the only one that an image has`);
}
