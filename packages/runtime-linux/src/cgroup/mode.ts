import { readFileSync } from 'node:fs';

/**
 * How this host mounts cgroups: `unified` is version 2 alone; `hybrid` has the controllers in version 1 trees and an empty version 2 one
 * beside them; `legacy` has version 1 alone.
 */
export interface CgroupMode {
  readonly kind: 'unified' | 'hybrid' | 'legacy' | 'none';
  /** Where each controller's tree is mounted; in the unified mode all have the same. `cpu`, `memory`, … and `name=systemd`. */
  readonly controllers: ReadonlyMap<string, string>;
  /** The version 2 tree, where there is one. */
  readonly unified: string | undefined;
}

/** Of those who may not make any. */
export const noCgroups: CgroupMode = { kind: 'none', controllers: new Map(), unified: undefined };

/** @param mountinfo the text of /proc/self/mountinfo (proc(5)); @param read reads a file of the host. */
export function cgroupMode(mountinfo: string = readFileSync('/proc/self/mountinfo', 'utf8'), read: (path: string) => string = (path) => readFileSync(path, 'utf8')): CgroupMode {
  const controllers = new Map<string, string>();
  let unified: string | undefined;
  for (const line of mountinfo.split('\n')) {
    const [before = '', after] = line.split(' - ');
    const [type, , superOptions = ''] = (after ?? '').split(' ');
    const target = unescapeMount(before.split(' ')[4] ?? '');
    if (!target.startsWith('/sys/fs/cgroup')) continue;
    if (type === 'cgroup2') unified ??= target;
    if (type === 'cgroup') for (const name of superOptions.split(',')) if (known.has(name) || name.startsWith('name=')) controllers.set(name, target);
  }
  const versionOne = [...controllers.keys()].some((name) => !name.startsWith('name='));
  if (!versionOne && unified !== undefined) {
    const root = unified;
    return { kind: 'unified', controllers: new Map(words(read(`${root}/cgroup.controllers`)).map((name) => [name, root])), unified };
  }
  return { kind: versionOne ? (unified === undefined ? 'legacy' : 'hybrid') : 'none', controllers, unified };
}

const known = new Set(['cpu', 'cpuacct', 'cpuset', 'memory', 'devices', 'freezer', 'blkio', 'pids', 'hugetlb', 'net_cls', 'net_prio', 'perf_event', 'rdma', 'misc']);

const words = (text: string) => text.split(/\s+/).filter((word) => word !== '');

/** Spaces and the like are written as octal escapes in mountinfo. */
export function unescapeMount(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
