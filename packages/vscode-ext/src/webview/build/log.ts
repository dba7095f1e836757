import { h, t } from '../page.js';
import { coloured } from './ansi.js';

/** More than anyone reads, in pieces of output; the oldest go. */
const kept = 8000;

/** What steps print, as it comes; of all steps or of one. Stays at its end while nobody scrolls up. */
export class LogPane {
  readonly element: HTMLElement;
  readonly #lines = h('pre', { class: 'output', tabindex: 0, 'aria-label': t('output') });
  readonly #none = h('p', { class: 'note' }, t('noOutput'));
  #step: string | undefined;

  constructor() {
    this.element = h('div', { class: 'log' }, this.#none, this.#lines);
    this.#refresh();
  }

  clear(): void {
    this.#lines.replaceChildren();
    this.#step = undefined;
    this.#refresh();
  }

  add(step: string, text: string, stream: 'stdout' | 'stderr' | 'warning'): void {
    const { element } = this;
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < 30;
    const piece = h('span', { class: stream, 'data-step': step }, ...coloured(text.endsWith('\n') ? text : `${text}\n`));
    piece.hidden = this.#step !== undefined && this.#step !== step;
    this.#lines.append(piece);
    while (this.#lines.childElementCount > kept) this.#lines.firstElementChild?.remove();
    this.#refresh();
    if (atEnd) element.scrollTop = element.scrollHeight;
  }

  only(step: string | undefined): void {
    this.#step = step;
    for (const piece of this.#lines.querySelectorAll<HTMLElement>('[data-step]')) piece.hidden = step !== undefined && piece.dataset['step'] !== step;
    this.#refresh();
    this.element.scrollTop = this.element.scrollHeight;
  }

  #refresh(): void {
    this.#none.hidden = this.#lines.querySelector(`[data-step]:not([hidden])`) !== null;
  }
}
