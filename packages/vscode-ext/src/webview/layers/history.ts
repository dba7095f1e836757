import type { FromLayersPage, LayerRow, PageImage } from '../../layers/messages.js';
import { bytes, h, seconds, send, t } from '../page.js';

/** The picture of all layers by size, and below it each step. Both are one list for the keyboard: arrows move, Enter goes to the line. */
export class LayersPane {
  readonly element: HTMLElement;
  readonly largest: number;
  readonly #rows: readonly LayerRow[];
  readonly #onSelect: (row: LayerRow) => void;
  readonly #items = new Map<number, HTMLElement>();
  readonly #blocks = new Map<number, HTMLElement>();
  #selected = -1;

  constructor(image: PageImage, onSelect: (row: LayerRow) => void) {
    this.#rows = image.rows;
    this.#onSelect = onSelect;
    this.largest = image.rows.reduce((best, row) => (row.size > (image.rows[best]?.size ?? 0) ? row.step : best), image.rows.findLastIndex((row) => row.layer !== undefined));
    const list = h('ol', { class: 'steps', role: 'listbox', 'aria-label': t('layers'), tabindex: 0, onkeydown: (event) => this.#key(event as KeyboardEvent) });
    // The top first, as in the views: what was built last is what people look for.
    for (const row of image.rows.toReversed()) list.append(this.#step(row));
    this.element = h(
      'section',
      { class: 'history', 'aria-label': t('layers') },
      h(
        'header',
        { class: 'image' },
        h('h1', {}, image.name),
        h('p', {}, `${bytes(image.size)} · ${image.platform} · ${image.id.replace('sha256:', '').slice(0, 12)}`),
        h('div', { class: 'actions' }, h('button', { onclick: () => send<FromLayersPage>({ kind: 'run' }) }, t('run')), h('button', { class: 'secondary', onclick: () => send<FromLayersPage>({ kind: 'compare' }) }, t('compare'))),
      ),
      this.#picture(),
      list,
    );
  }

  select(step: number, scroll = false): void {
    const row = this.#rows[step];
    if (row === undefined || step === this.#selected) return;
    for (const map of [this.#items, this.#blocks]) {
      map.get(this.#selected)?.setAttribute('aria-selected', 'false');
      map.get(step)?.setAttribute('aria-selected', 'true');
    }
    this.#selected = step;
    const item = this.#items.get(step);
    if (item !== undefined) {
      item.parentElement?.setAttribute('aria-activedescendant', item.id);
      if (scroll) item.scrollIntoView({ block: 'nearest' });
    }
    this.#onSelect(row);
  }

  /** Blocks as wide as their layers are large; what would be too narrow to hit has a least width. */
  #picture(): HTMLElement {
    const picture = h('div', { class: 'picture', role: 'img', 'aria-label': t('picture') });
    for (const row of this.#rows) {
      if (row.layer === undefined || row.size === 0) continue;
      const block = h('button', { class: `block tone${row.step % 6}`, tabindex: -1, 'aria-selected': 'false', title: `${row.instruction}\n${bytes(row.size)}`, onclick: () => this.select(row.step, true) }, row.share > 0.12 ? bytes(row.size) : '');
      block.style.flexGrow = String(Math.max(row.share, 0.004));
      this.#blocks.set(row.step, block);
      picture.append(block);
    }
    return picture;
  }

  #step(row: LayerRow): HTMLElement {
    const { origin } = row;
    const bar = h('span', { class: `bar tone${row.step % 6}` });
    bar.style.width = `${Math.max(row.share * 100, row.size > 0 ? 0.6 : 0)}%`;
    const badge = origin && row.layer !== undefined ? h('span', { class: origin.cached ? 'badge cached' : 'badge rebuilt', title: origin.reason ?? '' }, origin.cached ? t('cached') : t('rebuilt')) : undefined;
    const line = origin && h('a', { class: 'line', href: '#', tabindex: -1, title: t('goToLine', origin.line), onclick: (event) => this.#reveal(event, row) }, t('line', origin.line));
    const facts = [row.age, origin?.seconds === undefined || origin.cached ? '' : seconds(origin.seconds), origin?.cached === false ? (origin.reason ?? '') : ''].filter(Boolean).join(' · ');
    const rest = row.instruction.slice(row.keyword.length).trim();
    const item = h(
      'li',
      { id: `step${row.step}`, class: row.layer === undefined ? 'step empty' : 'step', role: 'option', 'aria-selected': 'false', 'aria-label': [row.instruction, bytes(row.size), origin && t('line', origin.line), facts].filter(Boolean).join(', '), onclick: () => this.select(row.step), ondblclick: (event) => this.#reveal(event, row) },
      h('span', { class: 'command' }, row.keyword !== '' && h('b', {}, row.keyword), row.keyword === '' ? row.instruction || row.comment || t('base') : ` ${rest}`),
      h('span', { class: 'size' }, row.layer === undefined ? '' : bytes(row.size)),
      h('span', { class: 'facts' }, line, badge, facts),
      h('span', { class: 'track' }, bar),
    );
    this.#items.set(row.step, item);
    return item;
  }

  #reveal(event: Event, row: LayerRow): void {
    event.preventDefault();
    event.stopPropagation();
    this.select(row.step);
    send<FromLayersPage>({ kind: 'reveal', step: row.step });
  }

  #key(event: KeyboardEvent): void {
    const last = this.#rows.length - 1;
    const moves: Readonly<Record<string, number>> = { ArrowDown: this.#selected - 1, ArrowUp: this.#selected + 1, Home: last, End: 0 };
    const to = moves[event.key];
    if (to !== undefined) {
      event.preventDefault();
      this.select(Math.min(last, Math.max(0, to)), true);
    } else if (event.key === 'Enter') send<FromLayersPage>({ kind: 'reveal', step: this.#selected });
  }
}
