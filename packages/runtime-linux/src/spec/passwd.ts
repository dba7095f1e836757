import { CaissonError } from '@caisson/core';

export interface PasswdEntry {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  readonly home: string;
}

export interface GroupEntry {
  readonly name: string;
  readonly gid: number;
  readonly members: readonly string[];
}

const MAX_ID = 0xfffffffe;

/** passwd(5). Lines that are not of its form are passed over, as the C library does. */
export function parsePasswd(text: string): PasswdEntry[] {
  return lines(text).flatMap(([name = '', , uid = '', gid = '', , home = '']) => {
    const [user, group] = [id(uid), id(gid)];
    return name !== '' && user !== undefined && group !== undefined ? [{ name, uid: user, gid: group, home }] : [];
  });
}

/** group(5) */
export function parseGroup(text: string): GroupEntry[] {
  return lines(text).flatMap(([name = '', , gid = '', members = '']) => {
    const group = id(gid);
    return name !== '' && group !== undefined ? [{ name, gid: group, members: members.split(',').filter((member) => member !== '') }] : [];
  });
}

function lines(text: string): string[][] {
  return text.split('\n').filter((line) => line.includes(':') && !line.startsWith('#')).map((line) => line.trim().split(':'));
}

/** A number that can be a user or group; undefined for anything else. */
export function id(text: string): number | undefined {
  if (!/^\d{1,10}$/.test(text)) return undefined;
  const value = Number(text);
  return value <= MAX_ID ? value : undefined;
}

export interface ResolvedUser {
  readonly uid: number;
  readonly gid: number;
  readonly additionalGids: readonly number[];
  readonly home: string | undefined;
}

/** The image's own tables, read when first asked for. */
export interface UserTables {
  passwd(): readonly PasswdEntry[];
  group(): readonly GroupEntry[];
}

/**
 * What `--user` means inside an image: `name`, `uid`, each with `:group` or `:gid`, or nothing for root. A number need not be in the
 * tables. Further groups are the first one again, without which a
 * program could take itself out of it (CVE-2022-36109), those that list the user, unless a group was given, and the ones asked for.
 * @throws CaissonError `not-found` for a name that the image does not have.
 */
export function resolveUser(wanted: string, groups: readonly string[], tables: UserTables): ResolvedUser {
  const at = wanted.indexOf(':');
  const userPart = (at < 0 ? wanted : wanted.slice(0, at)) || '0';
  const groupPart = at < 0 ? '' : wanted.slice(at + 1);
  const number = id(userPart);
  const entry = tables.passwd().find(({ name, uid }) => name === userPart || uid === number);
  if (!entry && number === undefined) throw new CaissonError('not-found', `the image has no user ${JSON.stringify(userPart.slice(0, 100))}`, { hint: 'give a number, or a name of its /etc/passwd' });
  const groupId = (name: string) => {
    const numeric = id(name);
    const found = tables.group().find((group) => group.name === name || group.gid === numeric)?.gid ?? numeric;
    if (found === undefined) throw new CaissonError('not-found', `the image has no group ${JSON.stringify(name.slice(0, 100))}`, { hint: 'give a number, or a name of its /etc/group' });
    return found;
  };
  const gid = groupPart === '' ? (entry?.gid ?? 0) : groupId(groupPart);
  const listed = groupPart === '' && entry ? tables.group().filter(({ members }) => members.includes(entry.name)).map((group) => group.gid) : [];
  return { uid: entry?.uid ?? number ?? 0, gid, additionalGids: [...new Set([gid, ...listed, ...groups.map(groupId)])], home: entry?.home };
}
