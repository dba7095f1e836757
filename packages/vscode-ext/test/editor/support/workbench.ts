import type { FrameLocator, Locator, Page } from 'playwright-core';
import type { EditorServer } from './server.js';

/** The parts of VS Code's window that a test touches. */
export class Workbench {
  readonly page: Page;
  readonly #server: EditorServer;

  constructor(page: Page, server: EditorServer) {
    this.page = page;
    this.#server = server;
  }

  async open(folder: string): Promise<void> {
    await this.page.goto(this.#server.url(folder));
    await this.page.locator('.monaco-workbench .part.statusbar').waitFor({ timeout: 120_000 });
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  async openFile(name: string): Promise<void> {
    await this.page.locator(`.explorer-folders-view .monaco-list-row[aria-label^="${name}"]`).dblclick();
    await this.tab(name).waitFor();
  }

  tab(name: string): Locator {
    return this.page.locator(`.tabs-container .tab[data-resource-name="${name}"]`);
  }

  /** Runs a command of the palette by its full title. An editor that takes the focus meanwhile closes the palette: then it is opened again. */
  async command(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget .quick-input-box input');
    for (let tries = 1; ; tries++)
      try {
        await this.page.keyboard.press('F1');
        await input.fill(`>${title}`, { timeout: 3000 });
        await this.page.locator(`.quick-input-list .monaco-list-row[aria-label^="${title}"]`).first().click({ timeout: 5000 });
        return;
      } catch (error) {
        if (tries === 5) throw error;
        await this.page.keyboard.press('Escape');
      }
  }

  /** Opens the view container of ours. */
  async showViews(): Promise<void> {
    const tab = this.page.locator('.activitybar .action-item', { has: this.page.locator('a[aria-label^="Caisson"]') });
    if ((await tab.getAttribute('aria-selected')) !== 'true') await tab.locator('a').click();
  }

  /** A row of a tree by its label alone. */
  row(label: string | RegExp): Locator {
    const exact = typeof label === 'string' ? new RegExp(`^${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : label;
    return this.page.locator('.part.sidebar .monaco-list-row', { has: this.page.locator('.label-name', { hasText: exact }) });
  }

  async inlineAction(row: Locator, title: string): Promise<void> {
    await row.hover();
    await row.locator(`.actions a[aria-label="${title}"]`).click();
  }

  /** A menu takes no clicks in its first moment (the same click may have opened it), and closes when an editor takes the focus: then it is opened again. */
  async menuAction(row: Locator, title: string): Promise<void> {
    const menu = this.page.locator('.monaco-menu');
    const item = menu.getByRole('menuitem', { name: title, exact: true });
    for (let tries = 1; ; tries++)
      try {
        await row.click({ button: 'right', timeout: 5000 });
        await item.waitFor({ timeout: 3000 });
        await this.page.waitForTimeout(300);
        await item.click({ timeout: 2000 });
        await menu.waitFor({ state: 'detached', timeout: 2000 });
        return;
      } catch (error) {
        if (tries === 4) throw error;
        await this.page.keyboard.press('Escape');
      }
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item', { hasText: text });
  }

  /** The page of ours that has this element: several may be open. */
  async webview(selector: string): Promise<FrameLocator> {
    const outer = this.page.locator('iframe.webview.ready');
    for (let tries = 0; tries < 200; tries++) {
      for (let i = 0; i < (await outer.count()); i++) {
        const frame = this.page.frameLocator('iframe.webview.ready').nth(i).frameLocator('iframe#active-frame');
        if ((await frame.locator(selector).count()) > 0) return frame;
      }
      await this.page.waitForTimeout(100);
    }
    throw new Error(`no webview has ${selector}`);
  }

  /** The menu of fixes where the cursor is, with one that has this text. Findings that come meanwhile close it: then it is opened again. */
  async openFixes(text: string): Promise<void> {
    const fix = this.page.locator('.action-widget .monaco-list-row', { hasText: text }).first();
    for (let tries = 0; tries < 20; tries++) {
      await this.page.keyboard.press('Control+.');
      const there = await fix.waitFor({ timeout: 2500 }).then(
        () => true,
        () => false,
      );
      if (there) return;
      await this.page.keyboard.press('Escape');
    }
    throw new Error(`there is no fix ${text}`);
  }

  get terminal(): Locator {
    return this.page.locator('.terminal-wrapper.active .xterm-rows');
  }

  async type(text: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm-helper-textarea').focus();
    await this.page.keyboard.type(text);
  }

  line(text: string | RegExp): Locator {
    return this.page.locator('.editor-instance .view-lines .view-line', { hasText: text });
  }

  async closeNotifications(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
  }
}
