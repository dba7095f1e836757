import { CaissonError } from '@caisson/core';
import { sid } from './security-descriptor.js';

const known: Readonly<Record<string, string>> = {
  containeradministrator: sid.containerAdministrator,
  containeruser: sid.containerUser,
  administrators: sid.administrators,
  'builtin\\administrators': sid.administrators,
  system: sid.system,
  'nt authority\\system': sid.system,
};

/**
 * `--chown` of a Windows image, as docker treats it: an account, without a group. Those that every image has are known by name; others would
 * have to be looked up by a program in the image.
 * @throws CaissonError `unsupported`, `invalid-argument`
 */
export function windowsOwner(chown: string): string {
  if (/^S(?:-\d+){3,}$/i.test(chown)) return chown.toUpperCase();
  if (chown.includes(':') || /^\d+$/.test(chown)) throw new CaissonError('invalid-argument', `--chown=${chown}: files of Windows belong to one account, which is named`, { hint: 'write --chown=ContainerUser' });
  const found = known[chown.toLowerCase()];
  if (found === undefined) throw new CaissonError('unsupported', `--chown=${chown}: the account is not one that every Windows image has`, { hint: 'ContainerAdministrator, ContainerUser, Administrators and SYSTEM are, and SIDs can be written' });
  return found;
}
