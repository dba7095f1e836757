import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { CaissonError, type ContainerMount, type ContainerSpec, type Mount } from '@caisson/core';
import { command } from './command.js';
import { requireProgram } from './programs.js';

/** The labels of a container's processes and of its files. */
export interface SelinuxLabels {
  readonly process: string;
  readonly mount: string;
}

const CATEGORIES = 1024;

/**
 * The labels of a container on a host with SELinux: containers-selinux's types, and two categories of its own, made of its ID, that
 * keep it apart from others. Undefined without SELinux, for `label=disable` and for privileged containers.
 * @throws CaissonError `invalid-argument`
 */
export function selinuxLabels({ id, security }: Pick<ContainerSpec, 'id' | 'security'>, enabled = existsSync('/sys/fs/selinux/enforce')): SelinuxLabels | undefined {
  const parts = { user: 'system_u', role: 'system_r', type: 'container_t', level: `s0:${categories(id)}` };
  let disabled = security.privileged;
  for (const option of security.selinux ?? []) {
    const [, key, value = ''] = /^(user|role|type|level)[:=](.+)$/.exec(option) ?? [];
    if (option === 'disable') disabled = true;
    else if (key === 'user' || key === 'role' || key === 'type' || key === 'level') parts[key] = value;
    else throw new CaissonError('invalid-argument', `not a label: ${JSON.stringify(option.slice(0, 60))}`, { hint: 'write label=disable, label=type:TYPE, label=level:LEVEL, label=user:USER or label=role:ROLE' });
  }
  if (!enabled || disabled) return undefined;
  return { process: `${parts.user}:${parts.role}:${parts.type}:${parts.level}`, mount: `${parts.user}:object_r:container_file_t:${parts.level}` };
}

function categories(id: string): string {
  const hash = createHash('sha256').update(id).digest();
  const first = hash.readUInt16BE(0) % CATEGORIES;
  const second = (first + 1 + (hash.readUInt16BE(2) % (CATEGORIES - 1))) % CATEGORIES;
  return `c${Math.min(first, second)},c${Math.max(first, second)}`;
}

/** The root file system's mount, with the container's label for all that is in it. */
export function labelled(rootfs: readonly Mount[], label: string | undefined): readonly Mount[] {
  return label === undefined ? rootfs : rootfs.map((mount) => (mount.type === 'overlay' ? { ...mount, options: [...mount.options, `context="${label}"`] } : mount));
}

/** Gives the folders of the host that ask for it a label with which the container (`Z`), or every one (`z`), may use them. @throws CaissonError `runtime-failed` */
export async function relabel(mounts: readonly ContainerMount[], label: string | undefined): Promise<void> {
  if (label === undefined) return;
  for (const { source, relabel: wanted } of mounts) {
    if (wanted === undefined) continue;
    const { code, stderr } = await command(requireProgram('chcon'), ['-R', wanted === 'private' ? label : label.replace(/s0:\S*$/, 's0'), '--', source]);
    if (code !== 0) throw new CaissonError('runtime-failed', `labelling ${source}: ${stderr.trim().split('\n')[0] ?? 'chcon failed'}`);
  }
}
