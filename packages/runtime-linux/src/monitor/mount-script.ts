import type { Mount } from '@caisson/core';
import { CaissonError } from '@caisson/core';
import { requireProgram } from '../host/programs.js';
import { shortened } from '../snapshot/overlay-mount.js';

/**
 * Mounts the root file system in a mount namespace of the OCI runtime's own and goes on as the runtime. The container takes a copy of that
 * namespace with it, and the kernel undoes the mount when its last process ends: however and whoever was killed, no mount is left over,
 * and the host's table of mounts stays short. $1 is a tree to unmount first, or empty; then come folder, type, options, source and target.
 */
const script = '[ -z "$1" ] || umount "$1" || exit 125; cd "$2" && mount -n -i -t "$3" -o "$4" "$5" "$6" && shift 6 && exec "$@"';

/** The beginning of a command line that mounts `mounts` at `target` and then runs what follows it. */
export function mountingCommand(mounts: readonly Mount[], target: string, options: { hiddenTree?: string | undefined; sharesMounts?: boolean } = {}): [string, ...string[]] {
  const [asked] = mounts;
  if (!asked || mounts.length !== 1) throw new CaissonError('unsupported', `a root file system is one mount, not ${mounts.length}`);
  const { folder, mount } = shortened(asked);
  const bind = mount.type === 'bind' || mount.type === 'rbind';
  const named = mount.options.some((option) => option === 'bind' || option === 'rbind');
  const flags = bind && !named ? [mount.type, ...mount.options] : mount.options;
  return [
    requireProgram('unshare'),
    '-m',
    '--propagation',
    // With `shared`, a volume's mounts reach the host; so does then the mount of the root, until the container ends.
    options.sharesMounts ? 'unchanged' : 'slave',
    '/bin/sh',
    '-c',
    script,
    'mount-rootfs',
    options.hiddenTree ?? '',
    folder,
    bind ? 'none' : mount.type,
    flags.length > 0 ? flags.join(',') : 'rw',
    mount.source,
    target,
  ];
}
