import type { FileRow, FileScope, FromLayersPage, LayerRow, ToLayersPage, Totals } from '../../layers/messages.js';
import { announce, bytes, counted, h, send, t } from '../page.js';
import { FileTree } from './tree.js';

type Message = Extract<ToLayersPage, { readonly kind: 'totals' | 'files' | 'fault' | 'found' }>;

/** The files of the chosen layer, or of the whole image: a tree that is asked for folder by folder, and a search over all of it. */
export class FilesPane {
  readonly element: HTMLElement;
  readonly #heading = h('h2', {});
  readonly #sums = h('p', { class: 'sums' });
  readonly #body = h('div', { class: 'body' });
  readonly #whole = h('input', { type: 'checkbox', id: 'whole', onchange: () => this.#scopeChanged() });
  readonly #search = h('input', { type: 'search', placeholder: t('search'), 'aria-label': t('search'), oninput: () => this.#searchSoon() });
  readonly #found = h('p', { class: 'note' });
  readonly #trees = new Map<FileScope, FileTree>();
  readonly #totals = new Map<FileScope, Totals>();
  #row: LayerRow | undefined;
  #timer = 0;

  constructor() {
    this.element = h('section', { class: 'files', 'aria-label': t('files') }, h('header', {}, this.#heading, h('div', { class: 'controls' }, this.#search, h('label', { for: 'whole' }, this.#whole, t('wholeImage'))), this.#sums), this.#body);
  }

  get #scope(): FileScope | undefined {
    return this.#whole.checked ? 'all' : this.#row?.layer;
  }

  showLayer(row: LayerRow): void {
    this.#row = row;
    this.#scopeChanged();
  }

  take(message: Message): void {
    if (message.kind === 'totals') {
      this.#totals.set(message.scope, message.totals);
      if (message.scope === this.#scope) this.#showSums();
    } else if (message.kind === 'files') this.#fill(message);
    else if (message.kind === 'found') this.#showFound(message.text, message.files, message.more);
    else this.#fail(message);
  }

  #fill({ scope, path, files }: Extract<Message, { readonly kind: 'files' }>): void {
    const tree = this.#tree(scope);
    tree.fill(path, files);
    if (path === '' && scope === this.#scope && this.#search.value.trim() === '') this.#body.replaceChildren(tree.element);
  }

  /** What failed is asked for again when it is chosen again. */
  #fail({ scope, path, message }: Extract<Message, { readonly kind: 'fault' }>): void {
    if (path !== '') return this.#tree(scope).fail(path, message);
    this.#trees.delete(scope);
    if (scope === this.#scope) this.#body.replaceChildren(h('p', { class: 'note', role: 'alert' }, message));
  }

  #tree(scope: FileScope): FileTree {
    const known = this.#trees.get(scope);
    if (known !== undefined) return known;
    const tree = new FileTree(t('files'), {
      load: (path) => send<FromLayersPage>({ kind: 'files', scope, path }),
      open: (path) => send<FromLayersPage>({ kind: 'open', scope, path }),
      save: (path) => send<FromLayersPage>({ kind: 'save', scope, path }),
    });
    this.#trees.set(scope, tree);
    return tree;
  }

  #scopeChanged(): void {
    const scope = this.#scope;
    this.#heading.textContent = scope === 'all' ? t('wholeImage') : (this.#row?.instruction ?? '');
    this.#heading.title = this.#heading.textContent;
    this.#showSums();
    if (scope === undefined) {
      this.#body.replaceChildren(h('p', { class: 'note' }, t('noLayer')));
      return;
    }
    if (this.#search.value.trim() !== '') {
      this.#searchNow();
      return;
    }
    const fresh = !this.#trees.has(scope);
    const tree = this.#tree(scope);
    // A host that first has to save the image takes its time.
    this.#body.replaceChildren(tree.filled ? tree.element : h('p', { class: 'note', role: 'status' }, t('loadingFiles')));
    if (fresh) send<FromLayersPage>({ kind: 'files', scope, path: '' });
  }

  #showSums(): void {
    const scope = this.#scope;
    const totals = scope === undefined ? undefined : this.#totals.get(scope);
    if (totals === undefined) {
      this.#sums.replaceChildren();
      return;
    }
    const count = (kind: 'added' | 'changed' | 'deleted') => totals[kind] > 0 && h('span', { class: `badge ${kind}` }, `${totals[kind]} ${t(kind)}`);
    this.#sums.replaceChildren(...[h('span', {}, counted('entries', totals.entries, bytes(totals.bytes))), count('added'), count('changed'), count('deleted'), totals.wasted > 0 && h('span', { class: 'badge wasted', title: t('wastedHint') }, t('wasted', bytes(totals.wasted)))].filter((one) => one !== false));
  }

  #searchSoon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#searchNow(), 200);
  }

  #searchNow(): void {
    const scope = this.#scope;
    const text = this.#search.value.trim();
    if (text === '' || scope === undefined) this.#scopeChanged();
    else send<FromLayersPage>({ kind: 'search', scope, text });
  }

  #showFound(text: string, files: readonly FileRow[], more: boolean): void {
    const scope = this.#scope;
    if (text !== this.#search.value.trim() || scope === undefined) return;
    this.#found.textContent = files.length === 0 ? t('nothingFound') : t(more ? 'foundMore' : 'found', files.length);
    announce(this.#found.textContent);
    const tree = new FileTree(t('files'), { load: () => {}, open: (path) => send<FromLayersPage>({ kind: 'open', scope, path }), save: (path) => send<FromLayersPage>({ kind: 'save', scope, path }) }, true);
    tree.fill('', files);
    this.#body.replaceChildren(this.#found, tree.element);
  }
}
