import type { FileRow } from '../../layers/messages.js';
import { bytes, h, t } from '../page.js';

export interface TreeActions {
  load(path: string): void;
  open(path: string): void;
  save(path: string): void;
}

/** Rows that one folder shows before it asks whether more are wanted: a page with a hundred thousand rows is slow. */
const page = 500;

/** A tree of files after the ARIA pattern: arrows move, open and close; Enter opens a file, S saves it; what is below a folder is asked for once. */
export class FileTree {
  readonly element: HTMLElement;
  readonly #actions: TreeActions;
  readonly #flat: boolean;
  readonly #groups = new Map<string, HTMLElement>();

  /** `flat`: whole paths, and nothing opens: what a search found. */
  constructor(label: string, actions: TreeActions, flat = false) {
    this.#actions = actions;
    this.#flat = flat;
    this.element = h('ul', { class: flat ? 'tree flat' : 'tree', role: 'tree', 'aria-label': label, onkeydown: (event) => this.#key(event as KeyboardEvent) });
    this.#groups.set('', this.element);
  }

  /** Whether anything has come. */
  get filled(): boolean {
    return this.element.childElementCount > 0;
  }

  fill(path: string, files: readonly FileRow[]): void {
    const group = this.#groups.get(path);
    if (group === undefined) return;
    group.replaceChildren();
    if (files.length === 0) group.append(h('li', { class: 'note', role: 'none' }, t('empty')));
    this.#append(group, files, path === '' || this.#flat ? 1 : path.split('/').length + 1, 0);
    if (path === '') group.querySelector('[role=treeitem]')?.setAttribute('tabindex', '0');
  }

  fail(path: string, message: string): void {
    this.#groups.get(path)?.replaceChildren(h('li', { class: 'note', role: 'none' }, message));
  }

  #append(group: HTMLElement, files: readonly FileRow[], level: number, from: number): void {
    group.append(...files.slice(from, from + page).map((file) => this.#row(file, level)));
    if (files.length <= from + page) return;
    const more = h('button', { class: 'secondary', onclick: () => (more.parentElement?.remove(), this.#append(group, files, level, from + page)) }, `+ ${files.length - from - page}`);
    group.append(h('li', { class: 'note', role: 'none' }, more));
  }

  #row(file: FileRow, level: number): HTMLElement {
    const folder = file.type === 'directory' && !this.#flat;
    const label = this.#flat ? file.path : file.name;
    const spoken = [label, file.change && t(file.change), bytes(file.size), file.wasted > 0 && t('wasted', bytes(file.wasted))].filter(Boolean).join(', ');
    const save = file.type === 'file' && file.change !== 'deleted' && h('button', { class: 'icon', tabindex: -1, title: `${t('save')} (S)`, 'aria-label': `${t('save')} ${label}`, onclick: (event) => (event.stopPropagation(), this.#actions.save(file.path)) }, '↓');
    const line = h(
      'div',
      { class: 'row' },
      h('span', { class: folder ? 'twistie' : 'twistie none', 'aria-hidden': 'true' }, folder ? '›' : ''),
      h('span', { class: `name ${file.type}`, title: `${file.mode} ${file.owner} ${file.path}` }, label, file.target !== '' && h('span', { class: 'target' }, ` → ${file.target}`)),
      save,
      file.wasted > 0 && h('span', { class: 'badge wasted', title: t('wastedHint') }, t('wasted', bytes(file.wasted))),
      h('span', { class: 'size' }, file.type === 'symlink' ? '' : bytes(file.size)),
    );
    const item = h('li', { role: 'treeitem', 'aria-level': level, 'aria-label': spoken, ...(save === false ? {} : { 'aria-keyshortcuts': 's' }), tabindex: -1, class: file.change ?? '', ...(folder ? { 'aria-expanded': 'false' } : {}) }, line);
    line.style.paddingInlineStart = `${(level - 1) * 14 + 6}px`;
    item.addEventListener('click', (event) => {
      event.stopPropagation();
      this.#focus(item);
      this.#activate(item, file);
    });
    item.addEventListener('activate', () => this.#activate(item, file));
    item.addEventListener('fold', (event) => this.#toggle(item, file, (event as CustomEvent<boolean>).detail));
    return item;
  }

  #activate(item: HTMLElement, file: FileRow): void {
    if (item.hasAttribute('aria-expanded')) this.#toggle(item, file, item.getAttribute('aria-expanded') === 'false');
    else if (file.type !== 'directory' && file.change !== 'deleted') this.#actions.open(file.path);
  }

  #toggle(item: HTMLElement, file: FileRow, open: boolean): void {
    item.setAttribute('aria-expanded', String(open));
    const known = this.#groups.get(file.path);
    if (known !== undefined) known.hidden = !open;
    else if (open) {
      const group = h('ul', { role: 'group' }, h('li', { class: 'note', role: 'none' }, '…'));
      this.#groups.set(file.path, group);
      item.append(group);
      this.#actions.load(file.path);
    }
  }

  #focus(item: HTMLElement | undefined): void {
    if (item === undefined) return;
    for (const other of this.element.querySelectorAll('[tabindex="0"]')) other.setAttribute('tabindex', '-1');
    item.setAttribute('tabindex', '0');
    item.focus();
  }

  #key(event: KeyboardEvent): void {
    const visible = [...this.element.querySelectorAll<HTMLElement>('[role=treeitem]')].filter((one) => one.offsetParent !== null);
    const at = visible.indexOf(document.activeElement as HTMLElement);
    const item = visible[at];
    if (item === undefined) return;
    const expanded = item.getAttribute('aria-expanded');
    switch (event.key) {
      case 'ArrowDown':
        this.#focus(visible[at + 1]);
        break;
      case 'ArrowUp':
        this.#focus(visible[at - 1]);
        break;
      case 'Home':
        this.#focus(visible[0]);
        break;
      case 'End':
        this.#focus(visible.at(-1));
        break;
      case 'ArrowRight':
        if (expanded === 'false') item.dispatchEvent(new CustomEvent('fold', { detail: true }));
        else if (expanded === 'true') this.#focus(visible[at + 1]);
        break;
      case 'ArrowLeft':
        if (expanded === 'true') item.dispatchEvent(new CustomEvent('fold', { detail: false }));
        else this.#focus(item.parentElement?.closest<HTMLElement>('[role=treeitem]') ?? undefined);
        break;
      case 's':
        item.querySelector<HTMLElement>(':scope > .row > button.icon')?.click();
        break;
      case 'Enter':
      case ' ':
        item.dispatchEvent(new Event('activate'));
        break;
      default:
        return;
    }
    event.preventDefault();
  }
}
