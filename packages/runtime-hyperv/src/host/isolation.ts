import { CaissonError } from '@caisson/core';

/** How a container is kept apart: as processes of the host's own kernel, or in a utility VM of its own. */
export type Isolation = 'process' | 'hyperv';

/** Docker's default: Hyper-V on client editions (Windows 10, 11), processes on Server. */
export function defaultIsolation(host: { readonly server: boolean }): Isolation {
  return host.server ? 'process' : 'hyperv';
}

/** @throws CaissonError `invalid-argument` */
export function parseIsolation(wanted: string | undefined, host: { readonly server: boolean }): Isolation {
  switch (wanted?.toLowerCase()) {
    case undefined:
    case '':
    case 'default':
      return defaultIsolation(host);
    case 'process':
    case 'hyperv':
      return wanted.toLowerCase() as Isolation;
    default:
      throw new CaissonError('invalid-argument', `unknown isolation ${JSON.stringify(wanted)}`, { hint: 'known are default, process and hyperv' });
  }
}
