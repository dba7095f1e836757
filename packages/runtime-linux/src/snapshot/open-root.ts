import { closeSync, constants, fstatSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, fromSystemError, systemCode, type Mount, type OpenedRoot, type OverMount, type RootAccess, type SnapshotRoot } from '@caisson/core';
import { loadSyscalls, MNT_DETACH, MS, O_PATH, type LinuxSyscalls } from '../syscalls.js';
import { parseIdMap } from '../rootless/id-ranges.js';
import { attach } from './mounted.js';
import type { OverlaySnapshotter } from './overlay-snapshotter.js';

/**
 * Opens the root file systems of containers. What is put together for one that does not run is mounted for a moment only: a copy of the
 * mounts that belongs to no namespace takes its place, and goes when its descriptor is closed, however this process ends.
 */
export class LinuxRootAccess implements RootAccess {
  readonly #snapshotter: OverlaySnapshotter;
  readonly #folder: string;

  /** `folder`: for the moments when something is mounted. */
  constructor(snapshotter: OverlaySnapshotter, folder: string) {
    this.#snapshotter = snapshotter;
    this.#folder = folder;
  }

  ofProcess(pid: number): OpenedRoot {
    try {
      const firstIds = firstIdsOf(pid);
      return { ...opened(openSync(`/proc/${pid}/root`, constants.O_RDONLY | constants.O_DIRECTORY)), ...(firstIds ? { firstIds } : {}) };
    } catch (error) {
      throw systemCode(error) === 'ENOENT' || systemCode(error) === 'ESRCH'
        ? new CaissonError('in-use', 'the container ended just now', { cause: error, hint: 'try again' })
        : fromSystemError(error, "opening the container's root");
    }
  }

  async ofSnapshot(key: string, { access, over = [], readOnlyRoot = false }: SnapshotRoot): Promise<OpenedRoot> {
    if (access === 'read' && (await this.#lacks(key, over))) (await this.ofSnapshot(key, { access: 'write', over }))[Symbol.dispose]();
    const mounts = access === 'write' ? await this.#snapshotter.mounts(key) : this.#snapshotter.contents(key);
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const target = mkdtempSync(join(this.#folder, 'root-'));
    const syscalls = loadSyscalls();
    try {
      await attach(only(mounts), target);
      try {
        const root = openSync(target, constants.O_RDONLY | constants.O_DIRECTORY);
        try {
          for (const mount of [...over].sort((a, b) => depth(a) - depth(b))) mountOver(syscalls, root, mount, access);
        } finally {
          closeSync(root);
        }
        if (readOnlyRoot) syscalls.mount('none', target, null, MS.REMOUNT | MS.BIND | MS.RDONLY, null);
        return opened(syscalls.copyOfMounts(target));
      } finally {
        syscalls.umount(target, MNT_DETACH);
      }
    } finally {
      rmdirSync(target);
    }
  }

  /** Whether a place to mount on is missing: a container that never ran may not have them yet. */
  async #lacks(key: string, over: readonly OverMount[]): Promise<boolean> {
    if (over.length === 0) return false;
    using root = await this.ofSnapshot(key, { access: 'read' });
    const syscalls = loadSyscalls();
    return over.some(({ destination }) => {
      const fd = openPlace(syscalls, root.fd, destination);
      if (fd !== undefined) closeSync(fd);
      return fd === undefined;
    });
  }
}

const depth = ({ destination }: OverMount) => destination.split('/').length;

function only(mounts: readonly Mount[]): Mount {
  const [mount] = mounts;
  if (!mount || mounts.length !== 1) throw new CaissonError('unsupported', `a root file system is one mount, not ${mounts.length}`);
  return mount;
}

/** Undefined for a process in the user namespace of this one. */
function firstIdsOf(pid: number): { uid: number; gid: number } | undefined {
  const [uids, gids] = (['uid_map', 'gid_map'] as const).map((name) => {
    const text = readFileSync(`/proc/${pid}/${name}`, 'utf8');
    return text === readFileSync(`/proc/self/${name}`, 'utf8') ? undefined : parseIdMap(text)[0]?.outside;
  });
  return uids === undefined || gids === undefined ? undefined : { uid: uids, gid: gids };
}

function opened(fd: number): OpenedRoot {
  return { fd, path: `/proc/self/fd/${fd}`, [Symbol.dispose]: () => closeSync(fd) };
}

function openPlace(syscalls: LinuxSyscalls, root: number, path: string): number | undefined {
  try {
    return syscalls.openInRoot(root, path, O_PATH);
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(systemCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** Binds a file or folder of the host over a place in the root, which is made where it is missing. The kernel keeps links within the root. */
function mountOver(syscalls: LinuxSyscalls, root: number, { source, destination, readOnly }: OverMount, access: 'read' | 'write'): void {
  const what = statSync(source, { throwIfNoEntry: false });
  if (!what) return;
  const place = openPlace(syscalls, root, destination) ?? (access === 'write' ? makePlace(syscalls, root, destination, what.isDirectory()) : undefined);
  if (place === undefined) return;
  try {
    if (fstatSync(place).isDirectory() !== what.isDirectory()) return;
    const path = `/proc/self/fd/${place}`;
    syscalls.mount(source, path, null, MS.BIND | MS.REC, null);
    if (!readOnly && access === 'write') return;
    const over = openPlace(syscalls, root, destination);
    if (over === undefined) return;
    try {
      syscalls.mount('none', `/proc/self/fd/${over}`, null, MS.REMOUNT | MS.BIND | MS.RDONLY, null);
    } finally {
      closeSync(over);
    }
  } finally {
    closeSync(place);
  }
}

function makePlace(syscalls: LinuxSyscalls, root: number, path: string, isFolder: boolean): number | undefined {
  const parts = path.split('/').filter(Boolean);
  for (let count = 1; count <= parts.length; count++) {
    const there = openPlace(syscalls, root, parts.slice(0, count).join('/'));
    if (there !== undefined) {
      closeSync(there);
      continue;
    }
    const parent = openPlace(syscalls, root, parts.slice(0, count - 1).join('/') || '.');
    if (parent === undefined) return undefined;
    try {
      const name = `/proc/self/fd/${parent}/${parts[count - 1] ?? ''}`;
      if (count < parts.length || isFolder) mkdirSync(name, { mode: 0o755 });
      else writeFileSync(name, '', { flag: 'wx' });
    } catch {
      return undefined; // a link that leads nowhere, or a file in the way: the runtime will say so when it starts
    } finally {
      closeSync(parent);
    }
  }
  return openPlace(syscalls, root, path);
}
