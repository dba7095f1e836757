// A minimal Debian as a tar: a base with a package manager, a dynamic linker and merged /usr, for tests. Made once by debootstrap and kept
// beside the downloads of other tests.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** The path of the tar; undefined where debootstrap is not installed or cannot reach a mirror. */
export function debianRootfs() {
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'caisson');
  const path = join(folder, 'debian-12-minbase-1.tar');
  if (existsSync(path)) return path;
  const root = mkdtempSync(join(tmpdir(), 'caisson-debian-'));
  try {
    mkdirSync(folder, { recursive: true });
    execFileSync('debootstrap', ['--variant=minbase', '--include=libcap2-bin', 'bookworm', root], { stdio: ['ignore', 'ignore', 'ignore'] });
    const aside = `${path}.${process.pid}`;
    execFileSync('tar', ['-C', root, '--sort=name', '--numeric-owner', '--xattrs', '--xattrs-include=*', '--exclude=./var/cache/apt/archives/*.deb', '--exclude=./dev/*', '-cf', aside, '.']);
    renameSync(aside, path);
    return path;
  } catch {
    return undefined;
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
