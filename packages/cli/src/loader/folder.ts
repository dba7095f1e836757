import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const MONTH = 30 * 24 * 60 * 60 * 1000;

/**
 * Where the compiled code of a command is kept: below the user's folder for caches, apart for each Node and each installation. Undefined
 * where that folder is not the user's own, as with a `sudo` that leaves HOME as it was.
 */
export function codeFolder(dist: string, label: string): string | undefined {
  if (label === 'none') return undefined;
  const { XDG_CACHE_HOME, LOCALAPPDATA, HOME } = process.env;
  const caches = XDG_CACHE_HOME || (process.platform === 'win32' ? LOCALAPPDATA : undefined) || join(HOME || homedir(), '.cache');
  const all = join(caches, 'caisson', 'code');
  const own = join(all, `${process.version}-${process.arch}${dist.replaceAll(/[^\w.-]+/g, '-').slice(-120)}`);
  return isOwn(own) || makeOwn(caches, all, own) ? join(own, label) : undefined;
}

function isOwn(folder: string): boolean {
  try {
    const state = statSync(folder, { throwIfNoEntry: false });
    return state !== undefined && state.isDirectory() && (process.geteuid === undefined || state.uid === process.geteuid());
  } catch {
    // What cannot be looked at is somebody else's: root's, say, whose HOME or XDG_CACHE_HOME was passed on.
    return false;
  }
}

/** Once for each Node and installation: that of others that have not been there for a month is removed on the way. */
function makeOwn(caches: string, all: string, own: string): boolean {
  try {
    const there = [caches, dirname(caches)].find((folder) => statSync(folder, { throwIfNoEntry: false }) !== undefined);
    if (there === undefined || !isOwn(there)) return false;
    mkdirSync(own, { recursive: true, mode: 0o700 });
    for (const other of readdirSync(all)) if (Date.now() - statSync(join(all, other)).mtimeMs > MONTH) rmSync(join(all, other), { recursive: true, force: true });
    return true;
  } catch {
    return false;
  }
}
