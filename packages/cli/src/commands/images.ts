import { familiarReference, familiarRepository, parseReference, type ImageRecord } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { collect } from '../flags/collect.js';
import { filterBy } from '../flags/filters.js';
import { table } from '../output/table.js';
import { formatDuration, formatSize } from '../output/units.js';

interface ImagesFlags {
  readonly all?: boolean;
  readonly digests?: boolean;
  readonly filter?: string[];
  readonly format?: string;
  readonly quiet?: boolean;
  readonly trunc: boolean;
}

export default defineCommand<ImagesFlags>({
  configure(command) {
    command
      .argument('[name]', 'only images of this repository or name')
      .option('-a, --all', 'all images (the default: there are no hidden ones)')
      .option('--digests', 'show digests')
      .option('-f, --filter <name=value>', 'only those with this reference, dangling=true or dangling=false', collect)
      .option('--format <format>', 'table or json')
      .option('-q, --quiet', 'only IDs')
      .option('--no-trunc', 'whole IDs')
      .addHelpText('after', '\nExample:\n  caisson images --digests\n');
  },
  async run(cli, [wanted], flags) {
    const match = filterBy<ImageRecord>(flags.filter ?? [], {
      dangling: ({ names }, value) => String(names.length === 0) === value,
      reference: ({ names }, value) => names.some((name) => isNamed(name, value)),
    });
    const images = (await cli.engine.images.list()).filter(match);
    const rows: Record<'Repository' | 'Tag' | 'Digest' | 'ID' | 'CreatedSince' | 'Size', string>[] = [];
    for (const image of images) {
      const names = image.names.filter((name) => wanted === undefined || isNamed(name, wanted));
      if (wanted !== undefined && names.length === 0) continue;
      const { created, size } = await describe(cli, image);
      for (const name of names.length > 0 ? names : [undefined]) {
        const reference = name === undefined ? undefined : parseReference(name);
        rows.push({
          Repository: reference ? familiarRepository(reference) : '<none>',
          Tag: reference?.tag ?? '<none>',
          Digest: image.target.digest,
          ID: flags.trunc ? image.id.slice(7, 19) : image.id,
          CreatedSince: created === undefined || created <= 0 ? 'N/A' : `${formatDuration(Date.now() - created)} ago`,
          Size: formatSize(size),
        });
      }
    }
    if (flags.quiet) for (const id of new Set(rows.map((row) => row.ID))) cli.print(id);
    else if (flags.format === 'json') for (const row of rows) cli.print(JSON.stringify(row));
    else
      cli.print(
        table(
          ['REPOSITORY', 'TAG', ...(flags.digests ? ['DIGEST'] : []), 'IMAGE ID', 'CREATED', 'SIZE'],
          rows.map((row) => [row.Repository, row.Tag, ...(flags.digests ? [row.Digest] : []), row.ID, row.CreatedSince, row.Size]),
        ),
      );
  },
});

function isNamed(full: string, wanted: string): boolean {
  const reference = parseReference(full);
  return [familiarReference(reference), familiarRepository(reference), full].includes(wanted);
}

async function describe(cli: Cli, image: ImageRecord): Promise<{ created: number | undefined; size: number }> {
  const { manifest, config } = await cli.engine.images.get(image.target.digest);
  return { created: config.created === undefined ? undefined : Date.parse(config.created), size: manifest.layers.reduce((sum, layer) => sum + layer.size, 0) };
}
