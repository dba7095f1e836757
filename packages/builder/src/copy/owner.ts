import { CaissonError, type LayerTree, type RawPath } from '@caisson/core';
import type { Owner } from './copy-plan.js';

/** Reads a small file of an image; undefined where it is not there. */
export type ReadImageFile = (path: RawPath) => Promise<string | undefined>;

/** True where `--chown` can be understood without looking into the image. */
export function isNumericOwner(spec: string): boolean {
  return /^(?:\d+|root)(?::(?:\d+|root))?$/.test(spec);
}

/**
 * `--chown=user[:group]`, by name or number, as docker has it: names are looked up in the image's own passwd and group; without a
 * group, a numeric user's group has the same number, and a named user's is the one in passwd.
 * @throws CaissonError `invalid-argument` for a name that the image does not know
 */
export async function resolveOwner(spec: string, read: ReadImageFile): Promise<Owner> {
  const [user = '', group] = spec.split(':', 2);
  const { uid, gid } = await findUser(user, read);
  return { uid, gid: group === undefined || group === '' ? gid : await findGroup(group, read) };
}

async function findUser(user: string, read: ReadImageFile): Promise<Owner> {
  if (/^\d+$/.test(user)) return { uid: checked(user), gid: checked(user) };
  if (user === '' || user === 'root') return { uid: 0, gid: 0 };
  for (const line of ((await read('etc/passwd')) ?? '').split('\n')) {
    const [name, , uid, gid] = line.split(':');
    if (name === user && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? '')) return { uid: Number(uid), gid: Number(gid) };
  }
  throw unknown('user', user, '/etc/passwd');
}

async function findGroup(group: string, read: ReadImageFile): Promise<number> {
  if (/^\d+$/.test(group)) return checked(group);
  if (group === 'root') return 0;
  for (const line of ((await read('etc/group')) ?? '').split('\n')) {
    const [name, , gid] = line.split(':');
    if (name === group && /^\d+$/.test(gid ?? '')) return Number(gid);
  }
  throw unknown('group', group, '/etc/group');
}

function checked(number: string): number {
  const value = Number(number);
  if (value <= 2 ** 31 - 1) return value;
  throw new CaissonError('invalid-argument', `${number} is no user or group ID`);
}

function unknown(what: string, name: string, file: string): CaissonError {
  return new CaissonError('invalid-argument', `the ${what} ${JSON.stringify(name)} is not in the image's ${file}`, {
    hint: 'make it there before with a RUN, or give its number',
  });
}

/** Reads from the layers of a stage. */
export function imageFileReader(tree: () => Promise<LayerTree>, range: (diffId: LayerTree['layers'][number]['diffId'], offset: number, length: number) => Promise<Uint8Array>): ReadImageFile {
  return async (path) => {
    const at = await tree();
    if (at.lookup(path)?.type !== 'file') return undefined;
    return (await at.readFile(path, (layer, offset, length) => range(layer.diffId, offset, length))).toString('utf8');
  };
}
