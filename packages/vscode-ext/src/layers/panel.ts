import { commands, env, l10n, Uri, ViewColumn, window, workspace, type WebviewPanel } from 'vscode';
import { formatPlatform, normalizePlatform, type ImageFiles } from '@caisson/core';
import type { App } from '../app.js';
import { callName, showName, type ImageChoice } from '../commands/targets.js';
import { imageAddress, imageScheme } from '../files/address.js';
import { explain } from '../util/errors.js';
import { openPanel } from '../webview-host.js';
import type { Builder } from '../build/commands.js';
import type { LayerOrigin } from './lines.js';
import type { FileScope, FromLayersPage, ToLayersPage } from './messages.js';
import { fileRows, layerRows } from './rows.js';
import { searchFiles } from './search.js';
import { layerStrings } from './strings.js';

/** The layer history of one image, in an editor of its own. One for each image: opening it again shows the same. */
export class LayersPanel {
  static readonly #open = new Map<string, LayersPanel>();

  readonly choice: ImageChoice;
  readonly #app: App;
  readonly #builder: Builder;
  readonly #panel: WebviewPanel;
  readonly #views = new Map<FileScope, Promise<ImageFiles>>();
  #origins: readonly (LayerOrigin | undefined)[] = [];
  #selected: number | undefined;
  #search: AbortController | undefined;

  private constructor(app: App, builder: Builder, choice: ImageChoice) {
    this.#app = app;
    this.#builder = builder;
    this.choice = choice;
    this.#panel = openPanel(app.context, 'layers', { name: 'layers', title: l10n.t('Layers of {0}', showName(choice)), strings: layerStrings() });
    this.#panel.webview.onDidReceiveMessage((message: FromLayersPage) => void this.#take(message));
    const selections = window.onDidChangeTextEditorSelection(({ textEditor, selections: [selection] }) => {
      if (selection !== undefined && textEditor.document.uri.scheme === 'file') this.#follow(textEditor.document.uri.fsPath, selection.active.line + 1);
    });
    this.#panel.onDidDispose(() => {
      selections.dispose();
      this.#search?.abort();
      LayersPanel.#open.delete(choice.image.id);
    });
  }

  static show(app: App, builder: Builder, choice: ImageChoice, step?: number): LayersPanel {
    const there = this.#open.get(choice.image.id);
    const panel = there ?? new LayersPanel(app, builder, choice);
    if (there === undefined) this.#open.set(choice.image.id, panel);
    else panel.#panel.reveal();
    if (step !== undefined) panel.select(step);
    return panel;
  }

  /** Shows this step, now or when the page is there. */
  select(step: number): void {
    this.#selected = step;
    this.#tell({ kind: 'select', step });
  }

  /** The step that this line of the Dockerfile made. */
  stepOf(dockerfile: string, line: number): number | undefined {
    const found = this.#origins.findLastIndex((origin) => origin?.dockerfile === dockerfile && origin.line <= line && line <= origin.endLine);
    return found < 0 ? undefined : found;
  }

  /** The other way: where the cursor is in the Dockerfile is what the page shows. */
  #follow(dockerfile: string, line: number): void {
    const step = this.stepOf(dockerfile, line);
    if (step !== undefined && step !== this.#selected) this.select(step);
  }

  async #take(message: FromLayersPage): Promise<void> {
    switch (message.kind) {
      case 'ready':
        await this.#app.attempt(() => this.#load());
        return;
      case 'files':
        return this.#files(message.scope, message.path);
      case 'search':
        return this.#find(message.scope, message.text);
      case 'open':
        await this.#app.attempt(async () => void (await commands.executeCommand('vscode.open', this.#uri(message.scope, message.path), { preview: true })));
        return;
      case 'save':
        await this.#app.attempt(() => this.#save(message.scope, message.path));
        return;
      case 'reveal':
        return this.#reveal(message.step);
      case 'copy':
        await env.clipboard.writeText(message.text);
        return;
      case 'compare':
        await commands.executeCommand('caisson.images.compare', { id: 'panel', context: 'image', subject: this.choice });
        return;
      case 'run':
        await commands.executeCommand('caisson.images.run', { id: 'panel', context: 'image', subject: this.choice });
        return;
    }
  }

  async #load(): Promise<void> {
    const { images } = await this.#app.engine();
    const name = callName(this.choice);
    const [layers, image] = await Promise.all([images.layers(name), images.get(name)]);
    this.#origins = this.#builder.lines.origins(image.id, layers);
    const rows = layerRows(layers, this.#origins);
    const size = rows.reduce((sum, row) => sum + row.size, 0);
    this.#tell({ kind: 'image', image: { name: showName(this.choice), id: image.id, platform: formatPlatform(normalizePlatform(image.config)), size, rows } });
    if (this.#selected !== undefined) this.#tell({ kind: 'select', step: this.#selected });
  }

  #view(scope: FileScope): Promise<ImageFiles> {
    const known = this.#views.get(scope);
    if (known !== undefined) return known;
    const view = this.#app.engine().then(({ images }) => images.files(callName(this.choice), scope === 'all' ? {} : { layer: scope }));
    this.#views.set(scope, view);
    // What failed may work the next time.
    view.catch(() => this.#views.delete(scope));
    return view;
  }

  async #files(scope: FileScope, path: string): Promise<void> {
    try {
      const view = await this.#view(scope);
      if (path === '') {
        const { entries, bytes, added, changed, deleted, wastedBytes } = view.totals;
        this.#tell({ kind: 'totals', scope, totals: { entries, bytes, added, changed, deleted, wasted: wastedBytes } });
      }
      this.#tell({ kind: 'files', scope, path, files: fileRows(await view.children(path)) });
    } catch (error) {
      this.#tell({ kind: 'fault', scope, path, message: explain(error) });
    }
  }

  async #find(scope: FileScope, text: string): Promise<void> {
    this.#search?.abort();
    const { signal } = (this.#search = new AbortController());
    try {
      const { files, more } = await searchFiles(await this.#view(scope), text, undefined, signal);
      if (!signal.aborted) this.#tell({ kind: 'found', text, files: fileRows(files), more });
    } catch (error) {
      if (!signal.aborted) this.#tell({ kind: 'fault', scope, path: '', message: explain(error) });
    }
  }

  #uri(scope: FileScope, path: string): Uri {
    return Uri.from({ scheme: imageScheme, path: imageAddress({ image: this.choice.image.id, path, ...(scope === 'all' ? {} : { layer: scope }) }) });
  }

  async #save(scope: FileScope, path: string): Promise<void> {
    const folder = workspace.workspaceFolders?.[0]?.uri;
    const name = path.slice(path.lastIndexOf('/') + 1);
    const target = await window.showSaveDialog({ title: l10n.t('Save {0}', path), ...(folder === undefined ? {} : { defaultUri: Uri.joinPath(folder, name) }) });
    if (target !== undefined) await workspace.fs.copy(this.#uri(scope, path), target, { overwrite: true });
  }

  async #reveal(step: number): Promise<void> {
    const origin = this.#origins[step];
    if (origin === undefined) return;
    this.#selected = step;
    await this.#app.attempt(async () => {
      const document = await workspace.openTextDocument(Uri.file(origin.dockerfile));
      const { range } = document.lineAt(Math.min(origin.line, document.lineCount) - 1);
      const visible = window.visibleTextEditors.find((editor) => editor.document === document);
      await window.showTextDocument(document, { selection: range, viewColumn: visible?.viewColumn ?? ViewColumn.Beside, preserveFocus: false });
    });
  }

  #tell(message: ToLayersPage): void {
    void this.#panel.webview.postMessage(message);
  }
}
