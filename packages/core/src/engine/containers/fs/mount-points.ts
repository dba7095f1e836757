import type { Change } from '../../../layers/diff/changes.js';
import { parentPath, rawPath, type RawPath } from '../../../layers/raw-path.js';
import type { ContainerRecord } from '../record.js';

/** What runtimes mount in every container, and the places of files that the engine puts over the image's. */
const usual = ['proc', 'dev', 'dev/pts', 'dev/shm', 'dev/mqueue', 'dev/console', 'sys', 'sys/fs/cgroup', 'etc/hostname', 'etc/hosts', 'etc/resolv.conf', 'sbin/docker-init', '.dockerenv'];

/**
 * What a container changed by itself: without the empty files and folders that came to be because something was mounted on them, and
 * without the folders that count as changed for nothing else.
 */
export function ownChanges(all: readonly Change[], record: Pick<ContainerRecord, 'mounts'>): { readonly kept: Change[]; readonly dropped: ReadonlySet<RawPath> } {
  const places = new Set<RawPath>();
  const above = new Set<RawPath>();
  for (const destination of [...usual, ...record.mounts.map((mount) => rawPath(mount.destination.replace(/^\/+|\/+$/g, '')))]) {
    places.add(destination);
    for (let at = parentPath(destination); at !== ''; at = parentPath(at)) above.add(at);
  }
  const kept: Change[] = [];
  const dropped = new Set<RawPath>();
  // From the end, so that what is in a folder comes before it.
  const filled = new Set<RawPath>();
  const emptied = new Set<RawPath>();
  for (const change of all.toReversed()) {
    const { path, kind } = change;
    const isStub = kind === 'added' && (places.has(path) || above.has(path)) && !filled.has(path);
    const isPassed = kind === 'changed' && above.has(path) && emptied.has(path) && !filled.has(path);
    if (isStub || isPassed) {
      dropped.add(path);
      emptied.add(parentPath(path));
    } else {
      kept.push(change);
      filled.add(parentPath(path));
    }
  }
  return { kept: kept.reverse(), dropped };
}
