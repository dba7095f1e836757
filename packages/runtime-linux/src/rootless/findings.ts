import { accessSync, constants } from 'node:fs';
import { release } from 'node:os';
import { isCaissonError } from '@caisson/core';
import { delegatedCgroups, undelegated } from '../cgroup/delegation.js';
import { canFreeze } from '../cgroup/stats.js';
import type { Finding } from '../host/doctor.js';
import { findProgram, installHint } from '../host/programs.js';
import { connectorNames } from './connector.js';
import { rootlessRequirements } from './requirements.js';

/** What this host has of all that the containers of an ordinary user need beside the rest. */
export function rootlessFindings(uid: number): Finding[] {
  return [ids(uid), network(), overlay(), limits()];
}

function ids(uid: number): Finding {
  const name = 'user namespace';
  try {
    const { uids, gids } = rootlessRequirements(uid);
    const sum = (ranges: readonly { count: number }[]) => ranges.reduce((all, { count }) => all + count, 0);
    return { name, status: 'found', detail: `${sum(uids)} further user IDs, ${sum(gids)} group IDs` };
  } catch (error) {
    if (!isCaissonError(error)) throw error;
    return { name, status: 'missing', detail: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }) };
  }
}

function network(): Finding {
  const name = 'rootless network';
  const without = 'containers of ordinary users have no network but that of the host, or none';
  const programs = connectorNames.filter((each) => findProgram(each) !== undefined);
  if (programs.length === 0) return { name, status: 'limited', detail: `neither ${connectorNames.join(' nor ')} is installed: ${without}`, hint: installHint(connectorNames.slice(0, 1)) };
  try {
    accessSync('/dev/net/tun', constants.R_OK | constants.W_OK);
  } catch {
    return { name, status: 'limited', detail: `/dev/net/tun cannot be opened: ${without}`, hint: 'as root: modprobe tun; chmod 666 /dev/net/tun' };
  }
  return { name, status: 'found', detail: `${programs.join(', ')}; published ports from 1024 on` };
}

function overlay(): Finding {
  const [major = 0, minor = 0] = release().split('.').map(Number);
  const known = major > 5 || (major === 5 && minor >= 11);
  return known
    ? { name: 'rootless overlayfs', status: 'found', detail: 'in the kernel' }
    : { name: 'rootless overlayfs', status: 'missing', detail: `the kernel ${release()} mounts no overlayfs for ordinary users`, hint: 'Linux 5.11 or later is needed' };
}

function limits(): Finding {
  const name = 'limits';
  const hint = 'docs/rootless.md says how cgroups are delegated';
  const delegated = delegatedCgroups();
  if (delegated.kind === 'none') return { name, status: 'limited', detail: 'cgroups are not delegated to this user: no limits, statistics and pauses', hint };
  const lacking = [...undelegated(delegated), ...(canFreeze(delegated) ? [] : ['freezer'])];
  const found = [...delegated.controllers.keys()].join(' ');
  return lacking.length === 0 ? { name, status: 'found', detail: found } : { name, status: 'limited', detail: `delegated are ${found}, and not ${lacking.join(', ')}`, hint };
}
