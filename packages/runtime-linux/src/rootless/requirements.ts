import { CaissonError } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import { installHint, requireProgram } from '../host/programs.js';
import { idRanges, type IdRange } from './id-ranges.js';
import { userName } from './state.js';

export interface Requirements {
  readonly newuidmap: string;
  readonly newgidmap: string;
  readonly uids: readonly IdRange[];
  readonly gids: readonly IdRange[];
}

/** What an ordinary user needs for a namespace with more than one user in it. @throws CaissonError `missing-dependency` that says what is missing */
export function rootlessRequirements(uid: number): Requirements {
  const most = Number(readIfThere('/proc/sys/user/max_user_namespaces') ?? '1');
  if (most === 0) throw new CaissonError('missing-dependency', 'this host allows no user namespaces', { hint: 'as root: sysctl -w user.max_user_namespaces=15000' });
  if (readIfThere('/proc/sys/kernel/unprivileged_userns_clone')?.trim() === '0') throw new CaissonError('missing-dependency', 'this host allows user namespaces to root only', { hint: 'as root: sysctl -w kernel.unprivileged_userns_clone=1' });
  const name = userName(uid);
  const ranges = (file: string) => idRanges(readIfThere(file) ?? '', name, uid);
  const [uids, gids] = [ranges('/etc/subuid'), ranges('/etc/subgid')];
  if (uids.length === 0 || gids.length === 0)
    throw new CaissonError('missing-dependency', `the user ${name} has no further IDs for containers in ${uids.length === 0 ? '/etc/subuid' : '/etc/subgid'}`, { hint: `as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${name}` });
  return { newuidmap: requireProgram('newuidmap'), newgidmap: requireProgram('newgidmap'), uids, gids };
}

/** A kernel that keeps user namespaces from ordinary programs says so where it is asked to make one. */
export function refusal(words: string): CaissonError {
  const restricted = readIfThere('/proc/sys/kernel/apparmor_restrict_unprivileged_userns')?.trim() === '1';
  return new CaissonError('denied', `this host refuses a user namespace: ${words.trim().split('\n')[0] ?? ''}`, {
    hint: restricted ? 'AppArmor restricts them: as root, sysctl -w kernel.apparmor_restrict_unprivileged_userns=0' : installHint(['newuidmap']),
  });
}
