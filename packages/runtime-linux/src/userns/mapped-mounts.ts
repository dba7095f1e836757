import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, mkdirSync, openSync, readdirSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CaissonError, systemCode, type ContainerMount, type Mount } from '@caisson/core';
import { requireProgram } from '../host/programs.js';
import { lowerFolders, optionValue } from '../snapshot/overlay-mount.js';
import { loadSyscalls, MNT_DETACH } from '../syscalls.js';
import type { IdMap } from './id-map.js';

/** The option of a mount that is to show files with the container's IDs. */
const IDMAP = 'idmap';

/**
 * Shows folders of the host with other owners (idmapped mounts, mount_setattr(2)): on the disk, and so in layers and volumes, files keep the
 * IDs that they have inside, whichever a container is given. The mounts are needed until the container has its own on top of them, and are
 * then taken away. They lie in a folder of their own, and only empty folders are ever removed there.
 */
export class MappedMounts implements Disposable {
  readonly #folder: string;
  readonly #namespace: number;
  #serial = 0;

  private constructor(folder: string, namespace: number) {
    this.#folder = folder;
    this.#namespace = namespace;
  }

  static async open(map: IdMap, id: string, runRoot: string): Promise<MappedMounts> {
    const folder = join(runRoot, 'mapped', id);
    clear(folder);
    mkdirSync(folder, { recursive: true, mode: 0o711 });
    return new MappedMounts(folder, await namespaceOf(map));
  }

  /** The root file system of mapped layers. */
  rootfs(mounts: readonly Mount[]): readonly Mount[] {
    return mounts.map((mount) => {
      if (mount.type !== 'overlay') return { ...mount, source: this.#map(mount.source) };
      const lowers = lowerFolders(mount).map((folder) => this.#map(folder));
      const upper = optionValue(mount, 'upperdir');
      const above = upper === undefined ? undefined : this.#map(dirname(upper));
      const options = mount.options.map((option) => {
        const [name = '', value = ''] = option.split(/=(.*)/s);
        if (name === 'lowerdir') return `lowerdir=${lowers.join(':')}`;
        return (name === 'upperdir' || name === 'workdir') && above !== undefined ? `${name}=${join(above, basename(value))}` : option;
      });
      return { ...mount, options };
    });
  }

  /** Those mounts mapped that ask for it. */
  mounts(mounts: readonly ContainerMount[]): readonly ContainerMount[] {
    return mounts.map((mount) => (mount.options.includes(IDMAP) ? { ...mount, source: this.#map(mount.source), options: mount.options.filter((option) => option !== IDMAP) } : mount));
  }

  #map(source: string): string {
    const target = join(this.#folder, String(this.#serial++));
    const isFolder = statSync(source).isDirectory();
    if (isFolder) mkdirSync(target, { mode: 0o700 });
    else writeFileSync(target, '', { mode: 0o600 });
    try {
      loadSyscalls().mountMapped(source, target, this.#namespace);
    } catch (cause) {
      if (['EINVAL', 'ENOSYS', 'EPERM', 'EOPNOTSUPP'].includes(systemCode(cause) ?? ''))
        throw new CaissonError('unsupported', `the file system of ${source} cannot be shown with other owners, which --userns needs`, { cause, hint: 'Linux 5.19 or later can, on ext4, xfs and btrfs' });
      throw cause;
    }
    return target;
  }

  [Symbol.dispose](): void {
    closeSync(this.#namespace);
    clear(this.#folder);
  }

  /** Takes away what a caller that was killed has left. */
  static forget(id: string, runRoot: string): void {
    clear(join(runRoot, 'mapped', id));
  }
}

function clear(folder: string): void {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return;
  }
  for (const name of names) {
    const path = join(folder, name);
    try {
      loadSyscalls().umount(path, MNT_DETACH);
    } catch (error) {
      if (systemCode(error) !== 'EINVAL') throw error; // not mounted
    }
    if (statSync(path).isDirectory()) rmdirSync(path);
    else rmSync(path);
  }
  rmdirSync(folder);
}

/**
 * A user namespace with this mapping, by its descriptor. A process has to be the first in it, for a moment. Root of the host is mapped too, to an ID
 * that the container has not: what mounts an overlay makes files of its own in the upper layer.
 */
async function namespaceOf({ uids, gids }: IdMap): Promise<number> {
  const child = spawn(requireProgram('unshare'), ['-U', '/bin/sh', '-c', 'echo ready; read end'], { stdio: ['pipe', 'pipe', 'ignore'] });
  try {
    await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    const own = `/proc/${child.pid}`;
    try {
      for (const [name, { start, count }] of [['uid_map', uids], ['gid_map', gids]] as const) writeFileSync(join(own, name), `0 ${start} ${count}\n${count} 0 1\n`);
      return openSync(join(own, 'ns/user'), constants.O_RDONLY);
    } catch (cause) {
      throw new CaissonError('runtime-failed', `this host refuses a user namespace: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    }
  } finally {
    child.stdin.end('\n');
  }
}
