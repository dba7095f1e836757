import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CaissonError, systemCode } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import { idRanges, type IdRange } from '../rootless/id-ranges.js';
import type { OciIdMapping } from '../spec/oci.js';

/** The IDs of the host that a container's own are, from 0 on. */
export interface IdMap {
  readonly uids: IdRange;
  readonly gids: IdRange;
}

/** As many IDs as programs commonly know of. */
const COUNT = 65536;
/** The range that systemd sets apart for containers on every system (systemd.io/UIDS-GIDS). */
const POOL = { first: 0x80000, last: 0x6fff0000 };

/**
 * The IDs of a container by its `--userns`: `auto` and `private` give it some that no other container of this run root has, nor a user
 * of the host; `remap:USER` those of a user in /etc/subuid and /etc/subgid. Undefined for the host's own. Claims are files, so that several
 * processes can choose at a time. @throws CaissonError `invalid-argument`, `unsupported`, `not-found`
 */
export function idMapFor(mode: string | undefined, id: string, runRoot: string): IdMap | undefined {
  const [kind = '', user = ''] = (mode ?? '').split(/:(.*)/s);
  if (kind === '' || kind === 'host') return undefined;
  if (kind === 'remap') return rangesOf(user);
  refuseKeptIds(kind);
  if ((kind !== 'auto' && kind !== 'private') || user !== '') throw new CaissonError('invalid-argument', `unknown user namespace mode ${JSON.stringify(String(mode).slice(0, 60))}`, { hint: 'use host, auto, private or remap:USER' });
  const range = claim(id, runRoot);
  return { uids: range, gids: range };
}

/**
 * podman's modes for ordinary users: with `keep-id` the user has the same number inside, and root another.
 * @throws CaissonError `unsupported` that says why
 */
export function refuseKeptIds(mode: string): void {
  const [kind = ''] = mode.split(':');
  if (kind !== 'keep-id' && kind !== 'nomap') return;
  throw new CaissonError('unsupported', `--userns ${kind} is not supported: every file of an image would need another owner for it, which the kernel shows to nobody but root without a copy`, { hint: 'leave --userns out: root in an ordinary user’s containers is that user, and what it writes belongs to that user' });
}

function rangesOf(user: string): IdMap {
  const range = (file: string) => {
    const found = idRanges(readIfThere(file) ?? '', user, Number(user)).find(({ count }) => count >= COUNT);
    if (!found) throw new CaissonError('not-found', `the user ${user.slice(0, 60)} has no range of ${COUNT} IDs in ${file}`, { hint: `usermod --add-subuids 100000-165535 --add-subgids 100000-165535 ${user.slice(0, 60)}` });
    return { start: found.start, count: COUNT };
  };
  return { uids: range('/etc/subuid'), gids: range('/etc/subgid') };
}

/** The first of the pool that nobody has. */
function claim(id: string, runRoot: string): IdRange {
  const folder = join(runRoot, 'user-namespaces');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const own = claimed(folder, id)[0];
  if (own !== undefined) return { start: own, count: COUNT };
  const taken = ['/etc/subuid', '/etc/subgid'].flatMap((file) => (readIfThere(file) ?? '').split('\n').map((line) => line.split(':').slice(1).map(Number)));
  const free = (start: number) => taken.every(([from = 0, count = 0]) => start >= from + count || start + COUNT <= from);
  for (let start = POOL.first; start < POOL.last; start += COUNT) {
    if (!free(start)) continue;
    try {
      writeFileSync(join(folder, String(start)), id, { flag: 'wx', mode: 0o600 });
      return { start, count: COUNT };
    } catch (error) {
      if (systemCode(error) !== 'EEXIST') throw error;
    }
  }
  throw new CaissonError('in-use', 'no user IDs are free for another user namespace');
}

function claimed(folder: string, id: string): number[] {
  try {
    return readdirSync(folder).filter((name) => readIfThere(join(folder, name)) === id).map(Number);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

/** Gives a container's IDs back. Quietly nothing where it has none. */
export function releaseIds(id: string, runRoot: string): void {
  const folder = join(runRoot, 'user-namespaces');
  for (const start of claimed(folder, id)) rmSync(join(folder, String(start)), { force: true });
}

/** As config.json has it. */
export const ociMapping = ({ start, count }: IdRange): OciIdMapping[] => [{ containerID: 0, hostID: start, size: count }];
