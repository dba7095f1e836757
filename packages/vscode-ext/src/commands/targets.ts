import { l10n, window } from 'vscode';
import { familiarReference, parseReference, type ContainerSummary, type ImageSummary } from '@caisson/core';
import type { App } from '../app.js';
import { formatAge, formatBytes, knownDate, shortId } from '../format/units.js';
import { statusText } from '../views/containers.js';
import type { Subject, TreeNode } from '../views/node.js';

/** What a command was called on. From a view: the row, and all that are selected when the row is one of them. From elsewhere: nothing. */
export interface CommandArguments {
  readonly node: TreeNode | undefined;
  readonly nodes: readonly TreeNode[];
}

export function readArguments(args: readonly unknown[]): CommandArguments {
  const [first, second] = args;
  const node = isNode(first) ? first : undefined;
  const nodes = Array.isArray(second) ? second.filter(isNode) : [];
  return { node, nodes: nodes.length > 0 ? nodes : node === undefined ? [] : [node] };
}

function isNode(value: unknown): value is TreeNode {
  return typeof value === 'object' && value !== null && 'id' in value && 'context' in value;
}

type Of<K extends Subject['kind']> = Extract<Subject, { readonly kind: K }>;

export function subjectsOf<K extends Subject['kind']>({ nodes }: CommandArguments, kind: K): readonly Of<K>[] {
  return nodes.flatMap(({ subject }) => (subject?.kind === kind ? [subject as Of<K>] : []));
}

/** A row's image with the name that was meant. */
export type ImageChoice = Of<'image'>;

/** What to call the image in a call to the engine: the name where there is one, since an image may have several. */
export function callName({ image, name }: ImageChoice): string {
  return name ?? image.id;
}

export function showName({ image, name }: ImageChoice): string {
  return name ?? shortId(image.id);
}

/** The containers that are meant: those of the rows, of a group's row all, or the one that the user picks now. */
export async function containersFor(app: App, args: CommandArguments, fits: (container: ContainerSummary) => boolean, title: string): Promise<readonly ContainerSummary[]> {
  const chosen = args.nodes.flatMap(({ subject }) => (subject?.kind === 'container' ? [subject.container] : subject?.kind === 'containers' ? subject.containers.filter(fits) : []));
  if (args.nodes.length > 0) return chosen;
  const all = (await app.inventory.containers.need()).filter(fits);
  if (all.length === 0) {
    void window.showInformationMessage(l10n.t('There is no container for this.'));
    return [];
  }
  const items = all.map((container) => ({ label: container.name, description: container.image.name, detail: statusText(container), container }));
  const picked = await window.showQuickPick(items, { title, matchOnDescription: true });
  return picked === undefined ? [] : [picked.container];
}

export async function imagesFor(app: App, args: CommandArguments, title: string): Promise<readonly ImageChoice[]> {
  if (args.nodes.length > 0) {
    const layers = subjectsOf(args, 'layer').map(({ image }): ImageChoice => ({ kind: 'image', image }));
    return [...subjectsOf(args, 'image'), ...layers];
  }
  const picked = await pickImage(app, title);
  return picked === undefined ? [] : [picked];
}

export async function pickImage(app: App, title: string, except?: ImageSummary): Promise<ImageChoice | undefined> {
  const items = (await app.inventory.images.need()).filter((image) => image !== except).flatMap((image) => {
    const names = image.names.length > 0 ? image.names.map((name) => familiarReference(parseReference(name))) : [undefined];
    return names.map((name) => ({ label: name ?? shortId(image.id), description: [image.bytes === undefined ? '' : formatBytes(image.bytes), ageOf(image)].filter(Boolean).join(' · '), choice: { kind: 'image', image, ...(name === undefined ? {} : { name }) } satisfies ImageChoice }));
  });
  if (items.length === 0) {
    void window.showInformationMessage(l10n.t('There is no image yet.'));
    return undefined;
  }
  return (await window.showQuickPick(items, { title }))?.choice;
}

function ageOf(image: ImageSummary): string {
  const created = knownDate(image.created) ?? knownDate(image.added);
  return created === undefined ? '' : formatAge(created);
}
