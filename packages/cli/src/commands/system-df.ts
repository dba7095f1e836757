import { CaissonError, familiarReference, familiarRepository, parseReference, type DiskUsage } from '@caisson/core';
import { defineCommand } from '../cli.js';
import { formatList, type Listing } from '../output/list.js';
import { table } from '../output/table.js';
import { formatDuration, formatSize } from '../output/units.js';

interface Row {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  readonly bytes: number;
  readonly reclaimable: number;
}

const listing: Listing<Row> = {
  columns: ['Type', 'TotalCount', 'Active', 'Size', 'Reclaimable'],
  fields: {
    Type: ['TYPE', ({ type }) => type],
    TotalCount: ['TOTAL', ({ total }) => String(total)],
    Active: ['ACTIVE', ({ active }) => String(active)],
    Size: ['SIZE', ({ bytes }) => formatSize(bytes)],
    Reclaimable: ['RECLAIMABLE', ({ bytes, reclaimable }) => `${formatSize(reclaimable)}${bytes > 0 ? ` (${Math.floor((reclaimable / bytes) * 100)}%)` : ''}`],
  },
};

export default defineCommand<{ verbose?: boolean; format?: string }>({
  configure(command) {
    command
      .option('-v, --verbose', 'every image, container, volume and cached layer')
      .option('--format <format>', 'table, json, or a Go template')
      .addHelpText('after', '\nAn image takes the room of its layers as they were pulled and of those that are unpacked.\n\nExample:\n  caisson system df -v\n');
  },
  async run(cli, _args, { verbose = false, format }) {
    if (verbose && format !== undefined && format !== 'json') throw new CaissonError('invalid-argument', '--verbose has no templates', { hint: 'use --format json' });
    const usage = await cli.engine.system.usage();
    if (!verbose) process.stdout.write(formatList(listing, summary(usage), format));
    else if (format === 'json') cli.print(JSON.stringify(usage));
    else cli.print(details(usage));
  },
});

function summary({ images, layerBytes, containers, volumes, cache }: DiskUsage): Row[] {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0);
  const live = containers.filter(({ container: { status } }) => status === 'running' || status === 'paused');
  const cacheBytes = sum(cache.map(({ bytes }) => bytes));
  return [
    // What only unused images have; what they share with one another comes free only with the last of them.
    { type: 'Images', total: images.length, active: images.filter((image) => image.containers > 0).length, bytes: layerBytes, reclaimable: images.every((image) => image.containers === 0) ? layerBytes : sum(images.filter((image) => image.containers === 0).map(({ bytes, sharedBytes }) => bytes - sharedBytes)) },
    { type: 'Containers', total: containers.length, active: live.length, bytes: sum(containers.map(({ bytes }) => bytes)), reclaimable: sum(containers.filter((one) => !live.includes(one)).map(({ bytes }) => bytes)) },
    { type: 'Local Volumes', total: volumes.length, active: volumes.filter(({ users }) => users > 0).length, bytes: sum(volumes.map(({ bytes }) => bytes)), reclaimable: sum(volumes.filter(({ users }) => users === 0).map(({ bytes }) => bytes)) },
    { type: 'Build Cache', total: cache.length, active: 0, bytes: cacheBytes, reclaimable: cacheBytes },
  ];
}

function details({ images, containers, volumes, cache }: DiskUsage): string {
  const ago = (at: Date) => `${formatDuration(Date.now() - at.getTime())} ago`;
  const imageRows = images.flatMap(({ image, bytes, sharedBytes, containers: users }) =>
    (image.names.length > 0 ? image.names : [undefined]).map((name) => {
      const reference = name === undefined ? undefined : parseReference(name);
      return [reference ? familiarRepository(reference) : '<none>', reference?.tag ?? '<none>', image.id.slice(7, 19), ago(image.added), formatSize(bytes), formatSize(sharedBytes), formatSize(bytes - sharedBytes), String(users)];
    }),
  );
  const named = (name: string) => {
    try {
      return familiarReference(parseReference(name));
    } catch {
      return name; // an ID
    }
  };
  return [
    'Images space usage:\n',
    table(['REPOSITORY', 'TAG', 'IMAGE ID', 'ADDED', 'SIZE', 'SHARED SIZE', 'UNIQUE SIZE', 'CONTAINERS'], imageRows),
    '\nContainers space usage:\n',
    table(['CONTAINER ID', 'IMAGE', 'LOCAL VOLUMES', 'SIZE', 'CREATED', 'STATUS', 'NAMES'], containers.map(({ container, bytes }) => [container.id.slice(0, 12), named(container.image.name), String(container.mounts.filter(({ kind }) => kind === 'volume').length), formatSize(bytes), ago(container.created), container.status, container.name])),
    '\nLocal Volumes space usage:\n',
    table(['VOLUME NAME', 'LINKS', 'SIZE'], volumes.map(({ volume, bytes, users }) => [volume.name, String(users), formatSize(bytes)])),
    '\nBuild cache usage:\n',
    table(['CACHE ID', 'CACHE TYPE', 'SIZE', 'CREATED', 'LAST USED', 'USAGE'], cache.map(({ id, kind, bytes, created, used, uses }) => [id.replace('sha256:', '').slice(0, 12), kind, formatSize(bytes), ago(created), ago(used), String(uses)])),
  ].join('\n');
}
