import type { Locator, Page } from 'playwright-core';
import { attempt, brief, comes } from './attempt.js';

/**
 * The one widget at the top of the window that asks: the palette, lists to pick from, boxes to fill in, the dialog for paths. It is one and the same
 * element for all of them, so that a question is known by its title or by what stands in its empty field.
 */
export class QuickInput {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** The widget while it asks this. */
  asking(question: string): Locator {
    const title = this.#page.locator('.quick-input-title', { hasText: question });
    return this.#widget.filter({ has: title.or(this.#page.locator(`.quick-input-box input[placeholder^="${question}"]`)) });
  }

  /** Runs a command of the palette by its full title. An editor that takes the focus meanwhile closes the palette: then it is opened again. */
  async command(title: string): Promise<void> {
    const input = this.#field(this.#widget);
    const open = async () => (await input.isVisible()) && (await input.inputValue(brief)).startsWith('>');
    await attempt(
      `command ${title}`,
      async () => {
        if (!(await open())) await this.#page.keyboard.press('F1');
        await input.fill(`>${title}`, brief);
        await this.#choose(this.#widget, title);
      },
      async () => !(await open()),
    );
  }

  /** Picks an entry by its label. */
  async pick(question: string, label: string): Promise<void> {
    const widget = this.asking(question);
    await widget.waitFor();
    await attempt(
      `picking ${label}`,
      async () => {
        await this.#field(widget).fill(label, brief);
        await this.#choose(widget, label);
      },
      () => widget.isHidden(),
    );
  }

  /** Fills a box in. */
  async answer(question: string, text: string): Promise<void> {
    const widget = this.asking(question);
    await widget.waitFor();
    await attempt(
      `answering ${question}`,
      async () => {
        await this.#field(widget).fill(text, brief);
        await this.#field(widget).press('Enter', brief);
      },
      () => widget.isHidden(),
    );
  }

  /** Names the file to save. The dialog puts the folder into its field, looks it up, and then puts the name that it suggests there: what is filled in before is lost. */
  async saveAs(question: string, suggested: string, path: string): Promise<void> {
    const widget = this.asking(question);
    const input = this.#field(widget);
    await widget.waitFor();
    if (!(await comes(async () => (await input.inputValue(brief)).endsWith(`/${suggested}`), 60_000))) throw new Error(`the dialog suggests ${await input.inputValue()}, and not ${suggested}`);
    await this.answer(question, path);
  }

  async dismiss(): Promise<void> {
    await attempt(
      'closing the question',
      () => this.#page.keyboard.press('Escape'),
      () => this.#widget.isHidden(),
    );
  }

  get #widget(): Locator {
    return this.#page.locator('.quick-input-widget');
  }

  #field(widget: Locator): Locator {
    return widget.locator('.quick-input-box input');
  }

  /** With the keyboard: rows move while more are found, and what was chosen lately may stand before what fits best. */
  async #choose(widget: Locator, label: string): Promise<void> {
    const row = widget.locator(['=', '^='].map((is) => `.quick-input-list .monaco-list-row[aria-label${is}"${label}${is === '=' ? '' : ','}"]`).join(', ')).first();
    await row.waitFor(brief);
    for (let steps = 0; steps < 20 && !(await isFocused(row)); steps++) await this.#field(widget).press('ArrowDown', brief);
    if (!(await isFocused(row))) throw new Error(`${label} cannot be reached`);
    await this.#field(widget).press('Enter', brief);
  }
}

export async function isFocused(row: Locator): Promise<boolean> {
  return ((await row.getAttribute('class', brief)) ?? '').split(' ').includes('focused');
}
