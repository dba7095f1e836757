import { resolve } from 'node:path';
import type { MountOptions } from '@caisson/core';
import { parseSize } from '../output/units.js';
import { csvFields, invalid, oneOf, pairs } from './values.js';

const propagations = ['private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'] as const;

/** `TARGET`, `VOLUME:TARGET[:options]` or `/FOLDER:TARGET[:options]`. A folder that is missing is made, as docker does for -v. */
export function parseVolume(text: string): MountOptions {
  const parts = text.split(':');
  const [source = '', target, options = ''] = parts.length === 1 ? ['', parts[0]] : parts;
  if (!target || parts.length > 3) invalid('--volume', text, 'write SOURCE:TARGET or SOURCE:TARGET:ro');
  const flags = options.split(',').filter(Boolean);
  const known = ['ro', 'rw', 'z', 'Z', 'nocopy', 'cached', 'delegated', 'consistent', ...propagations];
  for (const flag of flags) if (!known.includes(flag)) invalid('--volume', text, `${flag} is none of ${known.join(', ')}`);
  const exclusive: readonly (readonly string[])[] = [['ro', 'rw'], ['z', 'Z'], propagations];
  const twice = exclusive.find((group) => flags.filter((flag) => group.includes(flag)).length > 1);
  if (twice) invalid('--volume', text, `only one of ${twice.join(', ')} can be`);
  const readOnly = flags.includes('ro');
  const propagation = propagations.find((name) => flags.includes(name));
  const relabel = flags.includes('Z') ? 'private' : flags.includes('z') ? 'shared' : undefined;
  if (/^[./~]/.test(source)) return { type: 'bind', source: resolve(source.replace(/^~(?=\/|$)/, process.env.HOME ?? '~')), target, readOnly, createSource: true, ...(propagation ? { propagation } : {}), ...(relabel ? { relabel } : {}) };
  return { type: 'volume', target, readOnly, ...(source ? { source } : {}), ...(flags.includes('nocopy') ? { noCopy: true } : {}) };
}

const mountKeys = {
  all: ['type', 'target', 'dst', 'destination', 'source', 'src', 'readonly', 'ro', 'consistency'],
  bind: ['bind-propagation', 'bind-nonrecursive', 'bind-recursive'],
  volume: ['volume-nocopy', 'volume-driver'],
  tmpfs: ['tmpfs-size', 'tmpfs-mode'],
} as const;

export function parseMount(text: string): MountOptions {
  const fields = pairs(csvFields(text));
  const type = oneOf('--mount', fields.type ?? 'volume', ['bind', 'volume', 'tmpfs'] as const);
  const known: readonly string[] = [...mountKeys.all, ...mountKeys[type]];
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  if (unknown !== undefined) invalid('--mount', text, `${unknown} is none of ${known.join(', ')}`);
  const target = fields.target ?? fields.dst ?? fields.destination ?? invalid('--mount', text, 'name the target: dst=/path');
  const source = fields.source ?? fields.src;
  const readOnly = ['readonly', 'ro'].some((key) => isSet(fields[key]));
  switch (type) {
    case 'bind': {
      const propagation = fields['bind-propagation'];
      const recursive = oneOf('--mount', fields['bind-recursive'] ?? 'enabled', ['enabled', 'disabled', 'writable', 'readonly'] as const);
      if (recursive === 'readonly') invalid('--mount', text, 'the OCI runtime of this host cannot make what is mounted below the source read-only');
      return {
        type,
        source: resolve(source ?? invalid('--mount', text, 'name the source: src=/path')),
        target,
        readOnly,
        ...(propagation ? { propagation: oneOf('--mount', propagation, propagations) } : {}),
        ...(recursive === 'disabled' || isSet(fields['bind-nonrecursive']) ? { nonRecursive: true } : {}),
      };
    }
    case 'volume':
      oneOf('--mount', fields['volume-driver'] ?? 'local', ['local']);
      return { type, target, readOnly, ...(source ? { source } : {}), ...(isSet(fields['volume-nocopy']) ? { noCopy: true } : {}) };
    case 'tmpfs': {
      if (source) invalid('--mount', text, 'a tmpfs has no source');
      const mode = fields['tmpfs-mode'];
      if (mode !== undefined && !/^[0-7]{1,5}$/.test(mode)) invalid('--mount', text, 'tmpfs-mode is octal, such as 1777');
      return { type, target, ...(fields['tmpfs-size'] ? { size: parseSize(fields['tmpfs-size'], '--mount') } : {}), ...(mode === undefined ? {} : { mode: Number.parseInt(mode, 8) }), ...(readOnly ? { options: ['ro'] } : {}) };
    }
  }
}

const isSet = (value: string | undefined) => value === '' || value === 'true' || value === '1';

const tmpfsFlags = ['rw', 'ro', 'exec', 'noexec', 'suid', 'nosuid', 'dev', 'nodev', 'sync', 'async', 'dirsync', 'atime', 'noatime', 'diratime', 'nodiratime', 'relatime', 'norelatime', 'strictatime', 'nostrictatime'];

/** `TARGET[:options]`, with the options of a tmpfs as mount(8) has them. */
export function parseTmpfs(text: string): MountOptions {
  const [target = '', rest = ''] = text.split(/:(.*)/s);
  const options = rest.split(',').filter(Boolean);
  for (const option of options)
    if (!tmpfsFlags.includes(option) && !/^(?:size=\d+[kmgKMG%]?|mode=[0-7]{1,5}|uid=\d+|gid=\d+|nr_inodes=\d+[kmgKMG]?|nr_blocks=\d+[kmgKMG]?)$/.test(option)) invalid('--tmpfs', text, `${option} is no option of a tmpfs`);
  return { type: 'tmpfs', target, options };
}
