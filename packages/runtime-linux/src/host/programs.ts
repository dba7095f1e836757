import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { CaissonError } from '@caisson/core';

/** Folders of system programs, which an ordinary user's PATH often lacks. */
const systemFolders = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** Which package brings a program, by package manager. */
const packages: Readonly<Record<string, { apt: string; dnf: string }>> = {
  runc: { apt: 'runc', dnf: 'runc' },
  crun: { apt: 'crun', dnf: 'crun' },
  conmon: { apt: 'conmon', dnf: 'conmon' },
  ip: { apt: 'iproute2', dnf: 'iproute' },
  nft: { apt: 'nftables', dnf: 'nftables' },
  mount: { apt: 'mount', dnf: 'util-linux' },
  ps: { apt: 'procps', dnf: 'procps-ng' },
  unshare: { apt: 'util-linux', dnf: 'util-linux' },
  tini: { apt: 'tini', dnf: 'tini' },
  newuidmap: { apt: 'uidmap', dnf: 'shadow-utils' },
  newgidmap: { apt: 'uidmap', dnf: 'shadow-utils' },
  nsenter: { apt: 'util-linux', dnf: 'util-linux' },
  pasta: { apt: 'passt', dnf: 'passt' },
  slirp4netns: { apt: 'slirp4netns', dnf: 'slirp4netns' },
  igzip: { apt: 'isal', dnf: 'isa-l-tools' },
};

const found = new Map<string, string>();

/** Absolute path of a program; a path is taken as it is. Undefined where it is not there or not executable. */
export function findProgram(name: string): string | undefined {
  const known = found.get(name);
  if (known !== undefined) return known;
  const candidates = isAbsolute(name) ? [name] : [...new Set([...(process.env.PATH ?? '').split(delimiter), ...systemFolders])].filter(isAbsolute).map((folder) => join(folder, name));
  for (const path of candidates) {
    try {
      accessSync(path, constants.X_OK);
    } catch {
      continue;
    }
    found.set(name, path);
    return path;
  }
  return undefined;
}

/** @throws CaissonError `missing-dependency`, with the command that installs what is missing. */
export function requireProgram(...names: readonly string[]): string {
  for (const name of names) {
    const path = findProgram(name);
    if (path !== undefined) return path;
  }
  throw missing(names);
}

export function missing(names: readonly string[]): CaissonError {
  const [first = ''] = names;
  const what = names.length === 1 ? first : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}: one of them is needed, and none`;
  return new CaissonError('missing-dependency', names.length === 1 ? `${what} is not installed` : `${what} is installed`, { hint: installHint(names.filter((name) => !isAbsolute(name)).slice(0, 1)), details: { programs: names } });
}

/** The command that installs these programs on this host's kind of system. */
export function installHint(programs: readonly string[]): string {
  const manager = findProgram('apt-get') ? 'apt' : findProgram('dnf') ? 'dnf' : 'apt';
  const names = [...new Set(programs.map((program) => packages[program]?.[manager] ?? program))];
  return names.length === 0 ? 'check the path' : `${manager === 'apt' ? 'apt-get' : 'dnf'} install ${names.join(' ')}`;
}
