import { basename } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { attempt, brief, comes } from './attempt.js';

type HasCome = () => boolean | Promise<boolean>;

/** A question, by its title or by what stands in its empty field. It closes by itself when something else takes the focus: then it is put again. */
export interface Question {
  readonly text: string;
  readonly open: () => Promise<unknown>;
  /** Whether the answer has had its effect. */
  readonly hasCome: HasCome;
}

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
  async command(title: string, hasCome?: HasCome): Promise<void> {
    const input = this.#field(this.#widget);
    const isOpen = async () => (await input.isVisible()) && (await input.inputValue(brief)).startsWith('>');
    const act = async () => {
      if (!(await isOpen())) await this.#page.keyboard.press('F1');
      await input.fill(`>${title}`, brief);
      await this.#choose(this.#widget, title);
    };
    await attempt(`command ${title}`, act, hasCome ?? (async () => !(await isOpen())), hasCome === undefined ? 3000 : 20_000);
  }

  /** Picks an entry by its label. */
  async pick(question: Question, label: string): Promise<void> {
    await this.#reply(question, async (widget) => {
      await this.#field(widget).fill(label, brief);
      await this.#choose(widget, label);
    });
  }

  /** Fills a box in. */
  async answer(question: Question, text: string): Promise<void> {
    await this.#reply(question, (widget) => this.#answer(widget, text));
  }

  /** Names the file to save. The dialog puts the folder into its field, looks it up, and then puts the name that it suggests there: what is filled in before is lost. */
  async saveAs(question: Question, suggested: string, path: string): Promise<void> {
    await this.#reply(question, async (widget) => {
      const input = this.#field(widget);
      if (!(await comes(async () => [suggested, basename(path)].includes(basename(await input.inputValue(brief))), 30_000))) throw new Error(`the dialog suggests ${await input.inputValue(brief)}, and not ${suggested}`);
      await this.#answer(widget, path);
    });
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

  async #answer(widget: Locator, text: string): Promise<void> {
    await this.#field(widget).fill(text, brief);
    await this.#field(widget).press('Enter', brief);
  }

  async #reply({ text, open, hasCome }: Question, reply: (widget: Locator) => Promise<void>): Promise<void> {
    const widget = this.asking(text);
    const act = async () => {
      if (!(await widget.isVisible())) {
        await open();
        await widget.waitFor(brief);
      }
      await reply(widget);
    };
    await attempt(text, act, hasCome, 10_000);
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
