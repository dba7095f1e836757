import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { hostname as hostName } from 'node:os';
import { join } from 'node:path';
import type { Image } from '../../content/image.js';
import type { ImageRecord } from '../../content/image-store.js';
import { CaissonError, fromSystemError } from '../../errors.js';
import { makeFolder } from '../../make-folder.js';
import type { Digest } from '../../model/digest.js';
import type { RuntimeParts, EngineParts } from '../parts.js';
import { isTaken } from '../../state/database.js';
import type { LocalVolumes } from '../volumes/local-volumes.js';
import { checkNetworks } from './attachments.js';
import { checkOptions } from './check-options.js';
import { logSettings, logSource } from '../logging/settings.js';
import { withHostDefaults } from './host-defaults.js';
import { checkName, randomName } from './names.js';
import { checkNamespaces } from './namespaces.js';
import type { ContainerOptions, MountOptions } from './options.js';
import { ContainerTable, initialState, type ContainerRecord, type ResolvedMount } from './record.js';
import { security } from './spec.js';
import { resolveHealthcheck, resolveMountOptions, resolveProcess } from './resolve.js';

export interface NewContainer {
  readonly options: ContainerOptions;
  readonly image: ImageRecord & Image;
  /** The unpacked image's ChainID. */
  readonly parent: Digest | undefined;
}

/** Records a container and makes its folder and its writable snapshot. Nothing stays of one that could not be made. */
export async function createContainer(parts: EngineParts, host: RuntimeParts, volumes: LocalVolumes, { options: asked, image, parent }: NewContainer): Promise<ContainerRecord> {
  const options = withHostDefaults(asked, parts.defaults?.());
  checkOptions(asked);
  checkNetworks(options);
  checkNamespaces(options);
  security({ options });
  logSettings(options);
  const table = new ContainerTable(parts.db);
  const id = randomBytes(32).toString('hex');
  const defaults = image.config.config ?? {};
  const usesHost = options.network === 'host' || options.utsMode === 'host';
  const hostname = options.hostname ?? (usesHost ? hostName() : id.slice(0, 12));
  const { os, 'os.version': osVersion } = image.config;
  const process = resolveProcess(options, defaults, hostname, os);
  const healthcheck = resolveHealthcheck(options, defaults);
  const theirs = mountsFrom(table, options.volumesFrom ?? []);
  const own = resolveMountOptions(options, image.config, new Set(theirs.keys()));
  for (const { target } of own) theirs.delete(target);
  const record: ContainerRecord = {
    id,
    name: options.name === undefined ? '' : checkName('container', options.name),
    created: new Date(),
    image: { name: options.image, id: image.id, target: image.target.digest },
    status: 'created',
    state: initialState,
    options,
    process,
    hostname,
    labels: { ...defaults.Labels, ...options.labels },
    stopSignal: options.stopSignal ?? defaults.StopSignal ?? 'SIGTERM',
    exposed: [...new Set([...Object.keys(defaults.ExposedPorts ?? {}), ...(options.expose ?? [])])],
    mounts: [...(await Promise.all(own.map((mount) => resolveMount(mount, volumes)))), ...theirs.values()],
    ...(healthcheck ? { healthcheck } : {}),
    ...(healthcheck && defaults.Shell?.length ? { shell: defaults.Shell } : {}),
    ...(os === 'windows' ? { osVersion: osVersion ?? '' } : {}),
  };
  logSource(record);
  const named = insert(parts, table, record);
  try {
    mkdirSync(containerFolder(parts, id), { recursive: true, mode: 0o710 });
    await host.snapshotter.prepare(id, parent);
  } catch (error) {
    table.delete(id);
    await host.snapshotter.remove(id);
    rmSync(containerFolder(parts, id), { recursive: true, force: true });
    throw fromSystemError(error, `creating the container ${named.name}`);
  }
  return named;
}

export function containerFolder(parts: EngineParts, id: string): string {
  return join(parts.paths.dataRoot, 'containers', id);
}

/** Takes the name, or a random one that is free, together with the row and the volumes it uses. */
function insert(parts: EngineParts, table: ContainerTable, record: ContainerRecord): ContainerRecord {
  for (let tries = 0; ; tries++) {
    const name = record.name || `${randomName()}${tries > 3 ? tries : ''}`;
    const named = { ...record, name };
    try {
      parts.db.transaction(() => {
        table.insert(named);
        for (const { volume } of record.mounts) if (volume !== undefined) parts.db.run('INSERT OR IGNORE INTO volume_uses (volume, container) VALUES (?, ?)', volume, record.id);
      });
      return named;
    } catch (error) {
      if (!isTaken(error)) throw error;
      if (!record.name && tries < 100) continue;
      const holder = table.find(name);
      throw new CaissonError('in-use', `the name ${name} is already in use by container ${holder.id.slice(0, 12)} (${holder.image.name}, ${holder.status})`, {
        hint: `choose another name, or remove that one: caisson rm${holder.status === 'running' ? ' -f' : ''} ${name}`,
        details: { name, container: holder.id },
      });
    }
  }
}

/** The volumes and binds of other containers, by target; a later container's take the place of an earlier one's. @throws CaissonError `not-found`, `invalid-argument` */
function mountsFrom(table: ContainerTable, names: readonly string[]): Map<string, ResolvedMount> {
  const found = new Map<string, ResolvedMount>();
  for (const text of names) {
    const [, name = '', mode] = /^(.+?)(?::([^:]*))?$/.exec(text) ?? [];
    if (mode !== undefined && mode !== 'ro' && mode !== 'rw' && mode !== 'z' && mode !== 'Z') throw new CaissonError('invalid-argument', `--volumes-from: ${JSON.stringify(text)} is not valid`, { hint: 'write CONTAINER or CONTAINER:ro' });
    for (const mount of table.find(name).mounts) {
      if (mount.kind === 'tmpfs') continue;
      const options = mode === 'ro' ? [...mount.options.filter((option) => option !== 'rw' && option !== 'ro'), 'ro'] : mount.options;
      found.set(mount.destination, { ...mount, options, copyUp: false });
    }
  }
  return found;
}

async function resolveMount(mount: MountOptions, volumes: LocalVolumes): Promise<ResolvedMount> {
  switch (mount.type) {
    case 'bind': {
      if (!statSync(mount.source, { throwIfNoEntry: false })) {
        if (!mount.createSource) throw new CaissonError('not-found', `the mount source ${mount.source} does not exist on the host`);
        try {
          makeFolder(mount.source);
        } catch (error) {
          throw fromSystemError(error, `making the folder ${mount.source} for a mount`, mount.source);
        }
      }
      return { kind: 'bind', type: 'bind', source: mount.source, destination: mount.target, options: [mount.nonRecursive ? 'bind' : 'rbind', mount.propagation ?? 'rprivate', mount.readOnly ? 'ro' : 'rw'], ...(mount.relabel ? { relabel: mount.relabel } : {}) };
    }
    case 'volume': {
      const volume = await volumes.use(mount.source);
      return {
        kind: 'volume',
        type: 'bind',
        source: volume.mountpoint,
        destination: mount.target,
        options: ['rbind', 'rprivate', mount.readOnly ? 'ro' : 'rw'],
        volume: volume.name,
        copyUp: !mount.noCopy,
      };
    }
    case 'tmpfs':
      return {
        kind: 'tmpfs',
        type: 'tmpfs',
        source: 'tmpfs',
        destination: mount.target,
        options: ['nosuid', 'nodev', 'noexec', ...(mount.size === undefined ? [] : [`size=${mount.size}`]), `mode=${(mount.mode ?? 0o1777).toString(8)}`, ...(mount.options ?? [])],
      };
  }
}
