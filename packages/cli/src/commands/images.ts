import { CaissonError, familiarReference, familiarRepository, parseReference, type ImageSummary } from '@caisson/core';
import { matchesPath } from '../flags/glob.js';
import { defineCommand, type Cli } from '../cli.js';
import { collect } from '../flags/collect.js';
import { filterBy, hasLabel } from '../flags/filters.js';
import { imageTree, type ImageBranch } from '../output/image-tree.js';
import { imageListing, imageRows, type ImageRow } from '../output/images.js';
import { configuredFormat, formatHelp, formatList } from '../output/list.js';
import { parseTime } from './logs.js';
import { writeOut } from '../output/write.js';

interface ImagesFlags {
  readonly digests?: boolean;
  readonly filter?: string[];
  readonly format?: string;
  readonly quiet?: boolean;
  readonly tree?: boolean;
  readonly trunc: boolean;
}

export default defineCommand<ImagesFlags>({
  configure(command) {
    command
      .argument('[name]', 'only images of this repository or name')
      .option('-a, --all', 'all images (the default: there are no hidden ones)')
      .option('--digests', 'show digests')
      .option('-f, --filter <name=value>', 'only those with this reference, label, dangling, before, since or until', collect)
      .option('--format <format>', formatHelp)
      .option('-q, --quiet', 'only IDs')
      .option('--no-trunc', 'whole IDs')
      .option('--tree', 'with the platforms of each, here or not, and which are in use')
      .addHelpText('after', '\nExamples:\n  caisson images --digests\n  caisson images --format "{{.Repository}}:{{.Tag}} {{.Size}}"\n  caisson rmi $(caisson images -q -f dangling=true)\n');
  },
  async run(cli, [wanted], flags) {
    const wrong = flags.tree && (['quiet', 'format', 'digests'] as const).find((name) => flags[name]);
    if (wrong) throw new CaissonError('invalid-argument', `--${wrong} and --tree exclude each other`);
    const format = flags.format ?? (flags.quiet ? undefined : configuredFormat('imagesFormat'));
    const listing = imageListing({ truncate: flags.trunc, digests: flags.digests ?? false });
    if (!flags.quiet) formatList(listing, [], format);
    const everything = await Promise.all((await cli.engine.images.list()).map((image) => described(cli, image)));
    const madeAt = await times(cli, flags.filter ?? []);
    const match = filterBy<ImageSummary>(flags.filter ?? [], {
      dangling: ({ names }, value) => (names.length === 0) === /^(?:true|1)$/i.test(value),
      reference: ({ names }, value) => names.some((name) => isNamed(name, value)),
      label: ({ labels }, value) => hasLabel(labels, value),
      before: ({ created }, value) => (created?.getTime() ?? 0) < (madeAt.get(value) ?? 0),
      since: ({ created }, value) => (created?.getTime() ?? 0) > (madeAt.get(value) ?? 0),
      until: ({ created }, value) => (created?.getTime() ?? 0) < parseTime(value, '--filter until').getTime(),
    });
    const sorted = everything.filter(match).sort((a, b) => (b.created?.getTime() ?? 0) - (a.created?.getTime() ?? 0));
    const rows = sorted.flatMap((image) => {
      if (wanted === undefined) return imageRows(image);
      const names = image.names.filter((name) => isNamed(name, wanted));
      return names.length > 0 ? imageRows(image, names) : [];
    });
    if (flags.tree) writeOut(await tree(cli, rows, flags.trunc));
    else if (flags.quiet) for (const id of new Set(rows.map(({ image }) => image.id))) cli.print(flags.trunc ? id.slice(7, 19) : id);
    else writeOut(formatList(listing, rows, format));
  },
});

async function tree(cli: Cli, rows: readonly ImageRow[], truncate: boolean): Promise<string> {
  const users = new Set((await cli.engine.containers.list({ all: true })).map(({ image }) => image.id));
  const branches = [...Map.groupBy(rows, ({ image }) => image)].map(async ([image, own]): Promise<ImageBranch> => {
    const names = own.flatMap(({ repository, tag }) => (repository === '<none>' ? [] : [`${repository}:${tag}`]));
    return { image, names, manifests: await cli.engine.images.manifests(image.target.digest), used: users.has(image.id) };
  });
  return imageTree(await Promise.all(branches), truncate);
}

/** A repository or a name, with wildcards as in paths: `*` stands for what has no slash. */
function isNamed(full: string, wanted: string): boolean {
  const reference = parseReference(full);
  const names = [familiarReference(reference), familiarRepository(reference), full];
  return names.includes(wanted) || (/[*?[]/.test(wanted) && names.some((name) => matchesPath(wanted, name)));
}

/** When the images that `before` and `since` name were made. */
async function times(cli: Cli, filters: readonly string[]): Promise<Map<string, number>> {
  const names = filters.flatMap((filter) => /^(?:before|since)=(.*)$/s.exec(filter)?.[1] ?? []);
  return new Map(await Promise.all(names.map(async (name): Promise<[string, number]> => [name, Date.parse((await cli.engine.images.get(name)).config.created ?? '') || 0])));
}

/** The local engine's lists do not say what it takes reading documents to say. */
async function described(cli: Cli, image: ImageSummary): Promise<ImageSummary> {
  if (image.bytes !== undefined && image.created !== undefined) return image;
  const { manifest, config } = await cli.engine.images.get(image.target.digest);
  return { ...image, bytes: manifest.layers.reduce((sum, layer) => sum + layer.size, 0), labels: config.config?.Labels ?? {}, ...(config.created === undefined ? {} : { created: new Date(config.created) }) };
}
