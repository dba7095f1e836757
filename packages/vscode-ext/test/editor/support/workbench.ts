import type { FrameLocator, Locator, Page } from 'playwright-core';
import { attempt, brief, comes } from './attempt.js';
import { isFocused, QuickInput } from './quick-input.js';
import type { EditorServer } from './server.js';

/** The parts of VS Code's window that a test touches. */
export class Workbench {
  readonly page: Page;
  readonly quick: QuickInput;
  readonly #server: EditorServer;

  constructor(page: Page, server: EditorServer) {
    this.page = page;
    this.quick = new QuickInput(page);
    this.#server = server;
  }

  async open(folder: string): Promise<void> {
    await this.page.goto(this.#server.url(folder), { timeout: 120_000 });
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 120_000 });
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  async openFile(name: string): Promise<void> {
    const row = this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`);
    await attempt(`opening ${name}`, () => row.dblclick(brief), () => this.tab(name).isVisible());
  }

  tab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]`);
  }

  /** Runs a command of the palette. `hasCome`: what it is to bring about, unless it opens something else that is looked for. */
  async command(title: string, hasCome?: () => boolean | Promise<boolean>): Promise<void> {
    await this.quick.command(title, hasCome);
  }

  async closeEditors(): Promise<void> {
    await this.command('View: Close All Editors', async () => (await this.page.locator('.tabs-container .tab').count()) === 0);
  }

  /** Opens the view container of ours. */
  async showViews(): Promise<void> {
    const pane = this.#pane('Containers');
    const icon = this.page.locator('.activitybar .action-item a[aria-label^="Caisson"]');
    await icon.waitFor();
    // A click on what is shown already would hide it.
    await attempt('showing the views', async () => (await pane.isVisible()) || (await icon.click(brief)), () => pane.isVisible(), 10_000);
  }

  async expandPane(title: string): Promise<void> {
    await this.#expand(this.#pane(title), this.#pane(title));
  }

  /** Opens what is below a row of a tree. */
  async expand(row: Locator, label = '.label-name'): Promise<void> {
    await this.#expand(row, row.locator(label).first());
  }

  /** A row of a tree by its label alone. */
  row(label: string | RegExp): Locator {
    const exact = typeof label === 'string' ? new RegExp(`^${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : label;
    return this.page.locator('.part.sidebar .monaco-list-row', { has: this.page.locator('.label-name', { hasText: exact }) });
  }

  async inlineAction(row: Locator, title: string, hasCome: () => Promise<boolean>): Promise<void> {
    const action = row.locator(`.actions a[aria-label="${title}"]`);
    const act = async () => {
      await row.hover(brief);
      await action.click(brief);
    };
    await attempt(title, act, hasCome, 20_000);
  }

  /** A menu takes no clicks in its first moment (the same click may have opened it), and closes when an editor takes the focus: then it is opened again. */
  async menuAction(row: Locator, title: string, hasCome?: () => Promise<boolean>): Promise<void> {
    const menu = this.page.locator('.monaco-menu');
    const item = menu.getByRole('menuitem', { name: title, exact: true });
    const open = async () => {
      if (await menu.isVisible()) await this.page.keyboard.press('Escape');
      await row.click({ ...brief, button: 'right' });
      await item.waitFor(brief);
    };
    const act = async () => {
      if (!(await item.isVisible())) await open();
      // Another row may have come under the pointer.
      if (await isFocused(row)) return item.click(brief);
      await this.page.keyboard.press('Escape');
      throw new Error('the menu is that of another row');
    };
    await row.waitFor();
    const choose = () => attempt(title, act, () => menu.isHidden(), 1000);
    if (hasCome === undefined) await choose();
    else await attempt(title, choose, hasCome, 20_000);
  }

  /** Answers a dialog in the middle of the window. */
  async confirm(button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.waitFor();
    await attempt(button, () => dialog.getByRole('button', { name: button }).click(brief), () => dialog.isHidden());
  }

  /** The page of ours that has this element: several may be open, and come and go. */
  async webview(selector: string): Promise<FrameLocator> {
    let found: FrameLocator | undefined;
    await comes(async () => (found = await this.#webview(selector)) !== undefined, 90_000);
    if (found === undefined) throw new Error(`no webview has ${selector}`);
    return found;
  }

  async hasWebview(selector: string): Promise<boolean> {
    return (await this.#webview(selector)) !== undefined;
  }

  /** Chooses a fix for where the cursor is. Findings that come meanwhile close the menu: then it is opened again. `beforehand`: what is done while it is open. */
  async fix(text: string, hasCome: () => Promise<boolean>, beforehand: () => Promise<void> = async () => {}): Promise<void> {
    const fix = this.page.locator('.action-widget .monaco-list-row', { hasText: text }).first();
    const open = async () => {
      if (!(await fix.isVisible())) await this.page.keyboard.press('Control+.');
    };
    const act = async () => {
      await attempt(`opening the fixes for ${text}`, open, () => fix.isVisible());
      await beforehand();
      await fix.click(brief);
    };
    await attempt(text, act, hasCome);
  }

  get terminal(): Locator {
    return this.page.locator('.terminal-wrapper.active .xterm-rows');
  }

  async terminalShows(...texts: readonly (string | RegExp)[]): Promise<boolean> {
    return (await texts.reduce((found, hasText) => found.filter({ hasText }), this.terminal).count()) > 0;
  }

  /** Types a line into the terminal, which may be one that asks for the focus only now. It shows these texts then. */
  async enter(line: string, ...shown: readonly (string | RegExp)[]): Promise<void> {
    await attempt(line, () => this.type(`${line}\r`), () => this.terminalShows(...shown), 20_000);
  }

  async type(text: string): Promise<void> {
    await this.#terminalInput.focus(brief);
    await this.page.keyboard.type(text);
  }

  /** Presses a key in the terminal. */
  async press(key: string): Promise<void> {
    await this.#terminalInput.press(key, brief);
  }

  line(text: string | RegExp): Locator {
    return this.page.locator('.editor-instance .view-lines .view-line', { hasText: text });
  }

  /** Puts the cursor into a line, and goes on to where `key` leads. */
  async goTo(text: string, key: string, position: string): Promise<void> {
    const act = async () => {
      await this.line(text).first().click(brief);
      await this.page.keyboard.press(key);
    };
    await attempt(`going to ${position}`, act, () => this.isAt(position));
  }

  /** Whether the status bar says so of the cursor: "Ln 3". */
  async isAt(position: string): Promise<boolean> {
    return new RegExp(`${position}\\b`).test(await this.page.locator('#status\\.editor\\.selection').innerText(brief));
  }

  /** Saves the editor that has the focus, which has unsaved changes. */
  async save(name: string): Promise<void> {
    await attempt(`saving ${name}`, () => this.page.keyboard.press('Control+S'), async () => !((await this.tab(name).getAttribute('class', brief)) ?? '').split(' ').includes('dirty'));
  }

  /** Sees to it that the active editor shows what was written to its file meanwhile. */
  async reload(text: string): Promise<void> {
    const shown = () => this.line(text).first().isVisible();
    if (!(await comes(shown, 10_000))) await attempt('reading the file again', () => this.command('File: Revert File'), shown);
  }

  async closeNotifications(): Promise<void> {
    const toast = this.page.locator('.notifications-toasts .notification-list-item').first();
    await attempt('closing notifications', () => this.command('Notifications: Clear All Notifications'), () => toast.isHidden());
  }

  get #terminalInput(): Locator {
    return this.page.locator('.terminal-wrapper.active .xterm-helper-textarea');
  }

  #pane(title: string): Locator {
    return this.page.locator('.part.sidebar .pane-header', { hasText: title });
  }

  async #expand(element: Locator, target: Locator): Promise<void> {
    const state = () => element.getAttribute('aria-expanded', brief);
    await element.waitFor();
    await attempt('expanding', async () => (await state()) === 'true' || (await target.click(brief)), async () => (await state()) === 'true');
  }

  async #webview(selector: string): Promise<FrameLocator | undefined> {
    // By name: their order changes as others come and go.
    const names = await this.page.locator('iframe.webview.ready').evaluateAll((frames) => frames.map((frame) => frame.getAttribute('name') ?? ''));
    for (const name of names) {
      const frame = this.page.frameLocator(`iframe.webview[name="${name}"]`).frameLocator('iframe#active-frame');
      if ((await frame.locator(selector).count()) > 0) return frame;
    }
    return undefined;
  }
}
