import type { MountOptions } from '@caisson/core';
import { ApiError, badRequest } from '../http/api-error.js';
import type { HostConfigRequest, MountRequest } from './container-create.js';

const bindFlags = new Set(['ro', 'rw', 'z', 'Z', 'nocopy', 'private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave', 'cached', 'delegated', 'consistent']);

/** Everything that is to be mounted: `Binds`, `Mounts`, `Tmpfs` and the targets of `Volumes`. @throws ApiError 400 */
export function readMounts(host: HostConfigRequest, volumes: Readonly<Record<string, unknown>>): MountOptions[] {
  const mounts = [...(host.Binds ?? []).map(readBind), ...(host.Mounts ?? []).map(readMount), ...Object.entries(host.Tmpfs ?? {}).map(([target, options]) => readTmpfs(target, options))];
  const targets = new Set(mounts.map((mount) => mount.target.replace(/(?<=.)\/+$/, '')));
  for (const target of Object.keys(volumes)) if (!targets.has(target.replace(/(?<=.)\/+$/, ''))) mounts.push({ type: 'volume', target });
  return mounts;
}

/** `SOURCE:TARGET[:options]`, or `TARGET` for an anonymous volume. A folder that is missing on the host is made. */
export function readBind(text: string): MountOptions {
  const invalid = () => badRequest(`invalid volume specification: '${text.slice(0, 300)}'`);
  const parts = text.split(':');
  const [source = '', target = '', options = ''] = parts.length === 1 ? ['', parts[0]] : parts;
  if (target === '' || parts.length > 3 || !target.startsWith('/')) throw invalid();
  const flags = options.split(',').filter(Boolean);
  const wrong = flags.find((flag) => !bindFlags.has(flag));
  if (wrong !== undefined) throw badRequest(`invalid mode: ${wrong.slice(0, 60)}`);
  const readOnly = flags.includes('ro');
  const propagation = flags.find((flag) => /^r?(?:private|shared|slave)$/.test(flag));
  if (source.startsWith('/')) return { type: 'bind', source, target, readOnly, createSource: true, ...(propagation === undefined ? {} : { propagation }) };
  if (source !== '' && !/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(source))
    throw badRequest(`create ${source.slice(0, 200)}: "${source.slice(0, 200)}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`);
  return { type: 'volume', target, readOnly, ...(source === '' ? {} : { source }), ...(flags.includes('nocopy') ? { noCopy: true } : {}) };
}

function readMount(mount: MountRequest): MountOptions {
  const { Type: type = 'volume', Source: source = '', Target: target = '', ReadOnly: readOnly = false } = mount;
  const invalid = (why: string) => badRequest(`invalid mount config for type "${type.slice(0, 40)}": ${why}`);
  if (target === '') throw invalid('field Target must not be empty');
  if (!target.startsWith('/')) throw invalid(`invalid mount path: '${target.slice(0, 200)}' mount path must be absolute`);
  switch (type) {
    case 'bind': {
      if (source === '') throw invalid('field Source must not be empty');
      if (!source.startsWith('/')) throw invalid(`invalid mount path: '${source.slice(0, 200)}' mount path must be absolute`);
      const { Propagation: propagation, CreateMountpoint: createSource } = mount.BindOptions ?? {};
      return { type, source, target, readOnly, ...(propagation ? { propagation } : {}), ...(createSource ? { createSource } : {}) };
    }
    case 'volume':
      if (mount.VolumeOptions?.Subpath) throw new ApiError(501, 'a subpath of a volume cannot be mounted');
      return { type, target, readOnly, ...(source === '' ? {} : { source }), ...(mount.VolumeOptions?.NoCopy ? { noCopy: true } : {}) };
    case 'tmpfs': {
      if (source !== '') throw invalid('field Source must not be specified');
      const { SizeBytes: size, Mode: mode, Options: options } = mount.TmpfsOptions ?? {};
      const more = [...(readOnly ? ['ro'] : []), ...(options ?? []).map((pair) => pair.join('='))];
      return { type, target, ...(size ? { size } : {}), ...(mode ? { mode: mode & 0o7777 } : {}), ...(more.length > 0 ? { options: more } : {}) };
    }
    default:
      throw ['npipe', 'cluster', 'image'].includes(type) ? new ApiError(501, `mounts of type "${type}" are not supported`) : badRequest(`mount type unknown: "${type.slice(0, 40)}"`);
  }
}

function readTmpfs(target: string, text: string): MountOptions {
  if (!target.startsWith('/')) throw badRequest(`invalid tmpfs mount: '${target.slice(0, 200)}' is not absolute`);
  const options = text.split(',').filter(Boolean);
  return { type: 'tmpfs', target, ...(options.length > 0 ? { options } : {}) };
}
