import { CaissonError, type ImageFile, type ImageFiles, type ImageLayer } from '@caisson/core';
import { defineCommand, type Cli } from '../cli.js';
import { parsePlatformFlag } from '../flags/platform.js';
import { fileTree, type TreeNode } from '../output/file-tree.js';
import { table } from '../output/table.js';
import { formatSize } from '../output/units.js';

interface Flags {
  readonly layer?: string;
  readonly depth?: string;
  readonly format?: string;
  readonly summary?: boolean;
  readonly platform?: string;
}

export default defineCommand<Flags>({
  configure(command) {
    command
      .argument('<image>', 'name or ID')
      .argument('[path]', 'only what is in this folder', '/')
      .option('--layer <number>', 'only what this layer changed; 0 is the lowest')
      .option('--depth <levels>', 'how many folders deep')
      .option('--summary', 'only how much each layer added, changed, deleted and wasted')
      .option('--format <format>', 'tree or json', 'tree')
      .option('--platform <os/arch>', 'of an image for several')
      .addHelpText(
        'after',
        `
Without --layer: every layer with what it changed, and the files of the whole image. A file was added (+), changed (~) or deleted (-).
Wasted are the bytes of files that a later layer replaced or deleted: they are in the image without use.

Examples:
  caisson image files --summary app
  caisson image files --layer 3 app /usr
`,
      );
  },
  async run(cli, [name = '', path = '/'], { layer, depth, format = 'tree', summary = false, platform }) {
    if (format !== 'tree' && format !== 'json') throw new CaissonError('invalid-argument', `--format: ${JSON.stringify(format)} is neither tree nor json`);
    const call = { signal: cli.signal, ...(platform === undefined ? {} : { platform: parsePlatformFlag(platform) }) };
    const levels = depth === undefined ? Number.POSITIVE_INFINITY : count(depth, '--depth');
    const { images } = cli.engine;
    const layers = (await images.layers(name, call)).filter(({ empty }) => !empty);
    const shown = layer === undefined ? layers : layers.filter(({ index }) => index === count(layer, '--layer'));
    const views: Shown[] = [];
    for (const one of shown) views.push({ layer: one, files: await images.files(name, { ...call, layer: one.index ?? 0 }) });
    // A number that no layer has is told of by the call.
    if (layer !== undefined && shown.length === 0) await images.files(name, { ...call, layer: count(layer, '--layer') });
    const whole = layer === undefined ? await images.files(name, call) : undefined;
    if (format === 'json') return printJson(cli, views, whole, path, summary ? 0 : levels);
    if (layer === undefined) cli.print(`${overview(views)}\n${whole ? totals(whole) : ''}`);
    if (summary) return;
    for (const { layer: one, files } of views) {
      cli.print(`\nLayer ${one.index}: ${firstLine(one.createdBy)}`);
      cli.print(totals(files));
      for (const line of fileTree(await nodes(files, path, levels, layer === undefined && path !== '/'))) cli.print(line);
    }
  },
});

interface Shown {
  readonly layer: ImageLayer;
  readonly files: ImageFiles;
}

function overview(views: readonly Shown[]): string {
  const rows = views.map(({ layer, files: { totals: sums } }) => [
    String(layer.index),
    layer.digest?.slice(7, 19) ?? '',
    formatSize(layer.size),
    String(sums.added),
    String(sums.changed),
    String(sums.deleted),
    formatSize(sums.wastedBytes),
    firstLine(layer.createdBy),
  ]);
  return table(['LAYER', 'DIGEST', 'SIZE', 'ADDED', 'CHANGED', 'DELETED', 'WASTED', 'CREATED BY'], rows);
}

function totals({ totals: sums }: ImageFiles): string {
  return `${sums.added} added, ${sums.changed} changed, ${sums.deleted} deleted; ${sums.entries} in view with ${formatSize(sums.bytes)}; ${formatSize(sums.wastedBytes)} wasted`;
}

const firstLine = (text: string) => (text.length > 60 ? `${text.slice(0, 59)}…` : text).replaceAll(/\s+/g, ' ');

async function nodes(files: ImageFiles, path: string, levels: number, lenient: boolean): Promise<TreeNode[]> {
  let children: readonly ImageFile[];
  try {
    children = await files.children(path);
  } catch (error) {
    // Not every layer has something in the folder that was asked for.
    if (lenient && error instanceof CaissonError && error.code === 'not-found') return [];
    throw error;
  }
  const found: TreeNode[] = [];
  for (const file of children) found.push({ file, children: file.type === 'directory' && levels > 1 ? await nodes(files, file.path, levels - 1, lenient) : [] });
  return found;
}

async function printJson(cli: Cli, views: readonly Shown[], whole: ImageFiles | undefined, path: string, levels: number): Promise<void> {
  const listed = async (files: ImageFiles) => (levels === 0 ? {} : { files: flat(await nodes(files, path, levels, true)) });
  const layers = [];
  for (const { layer, files } of views) layers.push({ ...layer, ...files.totals, ...(await listed(files)) });
  cli.print(JSON.stringify(whole ? { ...whole.totals, layers, ...(await listed(whole)) } : layers[0], null, 2));
}

function flat(tree: readonly TreeNode[]): ImageFile[] {
  return tree.flatMap(({ file, children }) => [file, ...flat(children)]);
}

function count(text: string, flag: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || text.trim() === '') throw new CaissonError('invalid-argument', `${flag}: ${JSON.stringify(text)} is not a number`);
  return number;
}
