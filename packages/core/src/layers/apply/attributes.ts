import { chmodSync, closeSync, constants, fchmodSync, fchownSync, lchownSync, openSync } from 'node:fs';
import { CaissonError, systemCode } from '../../errors.js';
import type { TarEntry } from '../entry.js';
import { isOverlayXattr } from '../overlay.js';
import { hasProcFd, procFdPath } from '../proc-fd.js';
import { displayPath, type RawPath } from '../raw-path.js';
import type { FsPath, Syscalls } from '../syscalls.js';
import type { ExtractOptions } from './options.js';
import { setTimes } from './times.js';

/** The file whose attributes are set: by path, whose last part is not followed, and open or not. */
export interface Placed {
  readonly location: FsPath;
  readonly fd: number | undefined;
  /** Permission bits that it was made with, before the umask; undefined where it was there already. */
  readonly madeWith: number | undefined;
  /** It is in a setgid folder, so that its group is that folder's. */
  readonly inSetgid: boolean;
}

const O_PATH = 0o10000000; // Linux; Node has no name for it

/** Gives files what an entry says of them: owner, permissions, xattrs, times, in the order in which none undoes another. */
export class Attributes {
  readonly #options: ExtractOptions;
  readonly #uid = process.geteuid?.();
  readonly #gid = process.getegid?.();
  readonly #umask = process.umask();
  readonly owners: boolean;
  readonly isRoot: boolean;

  constructor(options: ExtractOptions) {
    this.#options = options;
    this.isRoot = this.#uid === 0;
    this.owners = options.owners ?? this.isRoot;
  }

  /** `times` false leaves them to the caller. */
  set(entry: TarEntry, path: RawPath, placed: Placed, times: boolean): void {
    const isOwned = this.#setOwner(entry, placed);
    if (entry.type !== 'symlink') this.#setMode(entry, placed, isOwned);
    // After the owner, a change of which takes file capabilities away.
    if (entry.xattrs !== undefined) this.#setXattrs(entry, path, placed);
    if (times) setTimes(placed.location, placed.fd, entry.mtime, entry.mtimeNs, this.#options.syscalls);
  }

  /** True when the owner was changed. */
  #setOwner(entry: TarEntry, placed: Placed): boolean {
    const { uid, gid } = this.#options.mapOwner?.(entry.uid, entry.gid) ?? entry;
    if (!isId(uid) || !isId(gid)) throw new CaissonError('invalid-content', `the owner ${uid}:${gid} of ${displayPath(entry.path)} is beyond what Linux has`);
    if (!this.owners) return false;
    if (placed.madeWith !== undefined && uid === this.#uid && gid === this.#gid && !placed.inSetgid) return false;
    if (placed.fd !== undefined) fchownSync(placed.fd, uid, gid);
    else lchownSync(placed.location, uid, gid);
    return true;
  }

  #setMode(entry: TarEntry, { location, fd, madeWith, inSetgid }: Placed, isOwned: boolean): void {
    const mode = entry.mode & 0o7777;
    // A folder inherits setgid.
    const inherits = inSetgid && entry.type === 'directory';
    if (madeWith !== undefined && (madeWith & ~this.#umask) === mode && !isOwned && !inherits) return;
    if (fd !== undefined) {
      fchmodSync(fd, mode);
      return;
    }
    if (!hasProcFd()) {
      chmodSync(location, mode);
      return;
    }
    // chmod(2) follows links: an O_PATH descriptor pins the file itself, and opens no device.
    const pin = openSync(location, O_PATH | constants.O_NOFOLLOW);
    try {
      chmodSync(procFdPath(pin), mode);
    } finally {
      closeSync(pin);
    }
  }

  #setXattrs(entry: TarEntry, path: RawPath, placed: Placed): void {
    const { syscalls, onSkipped } = this.#options;
    for (const [name, value] of entry.xattrs ?? []) {
      if (isOverlayXattr(name)) onSkipped?.(path, `the xattr ${name} belongs to overlayfs and is not taken from a layer`);
      else if (syscalls === undefined) onSkipped?.(path, `the xattr ${displayPath(name)} cannot be set here`);
      else {
        try {
          syscalls.lsetxattr(placed.location, name, value);
        } catch (error) {
          const code = systemCode(error);
          if (code !== 'ENOTSUP' && code !== 'EOPNOTSUPP' && code !== 'EPERM' && code !== 'EACCES' && code !== 'EINVAL') throw error;
          onSkipped?.(path, `the xattr ${displayPath(name)} cannot be set here (${code})`);
        }
      }
    }
  }

  /** Takes xattrs away from a folder that was there and is described anew. */
  dropXattrs(entry: TarEntry, location: FsPath, syscalls: Syscalls): void {
    for (const name of syscalls.llistxattr(location)) {
      const isOurs = name.startsWith('user.') || name === 'security.capability' || name.startsWith('trusted.');
      if (isOurs && !isOverlayXattr(name) && entry.xattrs?.has(name) !== true) syscalls.lremovexattr(location, name);
    }
  }
}

/** An owner that chown(2) takes: 32 bits, where the highest number means «unchanged». */
function isId(id: number): boolean {
  return Number.isInteger(id) && id >= 0 && id < 0xffffffff;
}
