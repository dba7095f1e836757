import { familiarReference, familiarRepository, parseReference, type Engine, type ImageLayer, type ImageSummary } from '@caisson/core';
import * as l10n from '@vscode/l10n';
import { formatAge, formatBytes, knownDate, shortId } from '../format/units.js';
import { instructionText } from '../layers/instruction.js';
import { byNumber, byText, groupBy } from './groups.js';
import { matches, tooltip, type TreeNode, type ViewOptions } from './node.js';

/** One name of an image; an image with three names is three rows. */
interface Named {
  readonly image: ImageSummary;
  /** Absent: nameless. */
  readonly name?: string;
  readonly repository: string;
  readonly registry: string;
  readonly tag: string;
}

/** The rows of the images' view. Layers are asked for when an image is opened. */
export function imageNodes(images: readonly ImageSummary[], options: ViewOptions, engine: () => Promise<Engine>): readonly TreeNode[] {
  const named = images
    .flatMap(namesOf)
    .filter((one) => (one.name !== undefined || options.all) && matches(options.filter, one.name, one.image.id))
    .sort(sorting(options.sort));
  if (options.group === 'none') return named.map((one) => imageNode(one, engine, true));
  const groups = groupBy(named, options.group === 'registry' ? (one) => one.registry : (one) => one.repository);
  const ordered = options.sort === 'name' ? [...groups].sort(byText(([key]) => (key === '' ? '\uffff' : key))) : [...groups];
  return ordered.map(([key, members]) => ({
    id: `group:${key}`,
    label: key === '' ? l10n.t('Without a name') : key,
    description: members.length === 1 && options.group !== 'registry' ? (members[0]?.tag ?? '') : String(members.length),
    icon: options.group === 'registry' ? 'server' : 'package',
    context: 'repository',
    subject: { kind: 'repository', repository: key, images: members.map((one) => one.image) },
    children: () => members.map((one) => imageNode(one, engine, options.group === 'registry')),
  }));
}

function namesOf(image: ImageSummary): Named[] {
  if (image.names.length === 0) return [{ image, repository: '', registry: '', tag: shortId(image.id) }];
  return image.names.map((full) => {
    const reference = parseReference(full);
    return { image, name: familiarReference(reference), repository: familiarRepository(reference), registry: reference.domain, tag: reference.tag ?? shortId(reference.digest ?? image.id) };
  });
}

function sorting(sort: string): (a: Named, b: Named) => number {
  if (sort === 'size') return byNumber((one) => one.image.bytes ?? 0);
  if (sort === 'created') return byNumber((one) => (knownDate(one.image.created) ?? one.image.added).getTime());
  return byText((one) => `${one.repository === '' ? '\uffff' : one.repository}:${one.tag}`);
}

function imageNode(one: Named, engine: () => Promise<Engine>, whole: boolean): TreeNode {
  const { image, name } = one;
  const created = knownDate(image.created) ?? knownDate(image.added);
  const facts = [image.bytes === undefined ? '' : formatBytes(image.bytes), created === undefined ? '' : formatAge(created)];
  return {
    id: `image:${name ?? image.id}`,
    label: whole ? (name ?? one.tag) : one.tag,
    description: facts.filter(Boolean).join(' · '),
    tooltip: () => tooltip(name ?? shortId(image.id), [
      [l10n.t('ID'), shortId(image.id)],
      [l10n.t('Digest'), image.target.digest],
      [l10n.t('Size'), image.bytes === undefined ? undefined : formatBytes(image.bytes)],
      [l10n.t('Created'), created === undefined ? undefined : formatAge(created)],
      [l10n.t('Names'), image.names.map((full) => familiarReference(parseReference(full))).join(', ')],
    ]),
    icon: name === undefined ? 'circle-outline' : 'tag',
    context: name === undefined ? 'image.nameless' : 'image',
    subject: { kind: 'image', image, ...(name === undefined ? {} : { name }) },
    children: async () => layerNodes(one, await (await engine()).images.layers(image.id)),
  };
}

/** The top layer first: what was built last is what people look for. */
function layerNodes({ image, name }: Named, layers: readonly ImageLayer[]): readonly TreeNode[] {
  return layers
    .map((layer, step): TreeNode => {
      const text = instructionText(layer.createdBy);
      return {
        id: `layer:${name ?? image.id}:${step}`,
        label: text === '' ? l10n.t('Layer {0}', layer.index ?? step) : text,
        description: layer.empty ? '' : formatBytes(layer.size),
        tooltip: () => tooltip(text || l10n.t('Layer {0}', layer.index ?? step), [
          [l10n.t('Size'), formatBytes(layer.size)],
          [l10n.t('Digest'), layer.digest],
          [l10n.t('Diff ID'), layer.diffId],
          [l10n.t('Comment'), layer.comment],
        ]),
        icon: layer.empty ? 'dash' : 'layers',
        context: layer.empty ? 'layer.empty' : 'layer',
        subject: { kind: 'layer', image, layer, step },
        command: 'caisson.layers.open',
      };
    })
    .reverse();
}
