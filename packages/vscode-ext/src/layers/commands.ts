import { l10n, window } from 'vscode';
import type { App } from '../app.js';
import type { Builder } from '../build/commands.js';
import { imagesFor, subjectsOf, type CommandArguments } from '../commands/targets.js';
import { LayersPanel } from './panel.js';

/** Of an image, or of the layer that was clicked on. */
export async function openLayers(app: App, builder: Builder, args: CommandArguments): Promise<void> {
  const layers = subjectsOf(args, 'layer');
  for (const { image, step } of layers) LayersPanel.show(app, builder, { kind: 'image', image, ...nameOf(image.names) }, step);
  if (layers.length > 0) return;
  for (const choice of await imagesFor(app, args, l10n.t('Layers'))) LayersPanel.show(app, builder, choice);
}

/** From the Dockerfile to the layer: of the line with the cursor, in the image that was last built from it here. */
export async function showLayerOfLine(app: App, builder: Builder): Promise<void> {
  const editor = window.activeTextEditor;
  if (editor === undefined) return;
  const dockerfile = editor.document.uri.fsPath;
  const images = await app.inventory.images.need();
  const image = images.find(({ id }) => builder.lines.dockerfile(id) === dockerfile);
  if (image === undefined) {
    void window.showInformationMessage(l10n.t('This Dockerfile has not been built here yet.'));
    return;
  }
  const layers = await (await app.engine()).images.layers(image.id);
  const line = editor.selection.active.line + 1;
  const step = builder.lines.origins(image.id, layers).findLastIndex((origin) => origin !== undefined && origin.line <= line && line <= origin.endLine);
  LayersPanel.show(app, builder, { kind: 'image', image, ...nameOf(image.names) }, step < 0 ? undefined : step);
}

export async function openLayersOf(app: App, builder: Builder, imageId: string): Promise<void> {
  await app.inventory.images.refresh();
  const image = app.inventory.images.items.find(({ id }) => id === imageId);
  if (image !== undefined) LayersPanel.show(app, builder, { kind: 'image', image, ...nameOf(image.names) });
}

function nameOf(names: readonly string[]): { readonly name?: string } {
  const [first] = names;
  return first === undefined ? {} : { name: first.replace(/^docker\.io\/(?:library\/)?/, '') };
}
