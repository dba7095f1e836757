import { accessSync, constants, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CaissonError, controllersFor, limitControllers, type LimitController, type Resources } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import { cgroupMode, noCgroups, type CgroupMode } from './mode.js';

/** Why an ordinary user's containers have no limits. */
export const UNDELEGATED = 'cgroups are not delegated to this user';

/** What is looked at to tell what is delegated. */
export interface DelegationHost {
  readonly mode: CgroupMode;
  /** /proc/self/cgroup (cgroups(7)). */
  readonly own: string;
  readonly isWritable: (path: string) => boolean;
  /** Undefined where there is no such file. */
  readonly read: (path: string) => string | undefined;
}

const thisHost = (): DelegationHost => ({ mode: cgroupMode(), own: readFileSync('/proc/self/cgroup', 'utf8'), isWritable, read: readIfThere });

/**
 * The part of a host's cgroups that an ordinary user may make more in: a mode whose trees begin at the folders that were given to the user.
 *
 * With version 1, each controller is delegated by itself: its folder belongs to the user, and the shell that this was started from is in it. An
 * OCI runtime makes a container's cgroups below its own then, and leaves those controllers alone that it may not use. With version 2, a
 * container gets a folder beside the one this process is in, for a folder with processes cannot limit those below it; their common folder has
 * to be the user's, with the controllers that are to be used.
 */
export function delegatedCgroups({ mode, own, isWritable: may, read }: DelegationHost = thisHost()): CgroupMode {
  if (mode.kind === 'unified') return delegatedUnified(mode, own, may, read);
  const controllers = new Map<string, string>();
  for (const line of own.split('\n')) {
    const [, names = '', path = ''] = /^\d+:([^:]*):(.*)$/.exec(line) ?? [];
    for (const name of names.split(',')) {
      const root = mode.controllers.get(name);
      if (root === undefined || name.startsWith('name=') || path === '/') continue;
      const folder = join(root, path);
      if (may(folder)) controllers.set(name, folder);
    }
  }
  return controllers.size === 0 ? noCgroups : { kind: mode.kind, controllers, unified: undefined };
}

function delegatedUnified(mode: CgroupMode, own: string, may: DelegationHost['isWritable'], read: DelegationHost['read']): CgroupMode {
  const path = /^0::(.*)$/m.exec(own)?.[1] ?? '/';
  if (path === '/' || mode.unified === undefined) return noCgroups;
  const parent = dirname(path);
  const folder = join(mode.unified, parent);
  if (!may(folder) || !may(join(folder, 'cgroup.procs'))) return noCgroups;
  const words = (file: string) => (read(join(folder, file)) ?? '').split(/\s+/).filter((word) => word !== '');
  const isEmpty = words('cgroup.procs').length === 0;
  const names = isEmpty && may(join(folder, 'cgroup.subtree_control')) ? words('cgroup.controllers') : words('cgroup.subtree_control');
  return { kind: 'unified', controllers: new Map(names.map((name) => [name, folder])), unified: folder };
}

/** Where a new container's cgroup is to be, as config.json has it; absent: below the OCI runtime's own, in each tree that lets it. */
export function delegatedPath(host: CgroupMode, delegated: CgroupMode, id: string): string | undefined {
  return delegated.kind === 'unified' && host.unified !== undefined && delegated.unified !== undefined ? join('/', delegated.unified.slice(host.unified.length), id) : undefined;
}

/** Of the controllers that limits need, those that this user has not. */
export function undelegated(delegated: CgroupMode): LimitController[] {
  return [...new Set(Object.values(limitControllers))].filter((controller) => !hasController(delegated, controller));
}

/** Of limits, those whose controller this user has; `lacking` are the controllers of the others. */
export function withinDelegation(wanted: Resources, delegated: CgroupMode): { readonly allowed: Resources; readonly lacking: readonly LimitController[] } {
  const allowed = Object.entries(wanted).filter(([name]) => {
    const controller = limitControllers[name as keyof Resources];
    return controller === undefined || hasController(delegated, controller);
  });
  return { allowed: Object.fromEntries(allowed) as Resources, lacking: [...controllersFor(wanted)].filter((controller) => !hasController(delegated, controller)) };
}

/** @throws CaissonError `unsupported` for limits whose controller this user has not */
export function checkDelegated(id: string, wanted: Resources, delegated: CgroupMode): void {
  const { lacking } = withinDelegation(wanted, delegated);
  if (lacking.length === 0) return;
  const reason = delegated.kind === 'none' ? UNDELEGATED : `the cgroup controllers needed for that are not delegated to this user: ${lacking.join(', ')}`;
  throw new CaissonError('unsupported', `the limits of container ${id} cannot be changed: ${reason}`);
}

function hasController({ kind, controllers }: CgroupMode, controller: LimitController): boolean {
  return controllers.has(controller === 'blkio' && kind === 'unified' ? 'io' : controller);
}

function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
