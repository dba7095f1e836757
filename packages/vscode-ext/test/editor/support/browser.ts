import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type BrowserContext, type Page } from 'playwright-core';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

/** Debian's Chromium with a profile of its own. */
export class Browser implements AsyncDisposable {
  readonly page: Page;
  readonly #context: BrowserContext;
  readonly #profile: string;

  private constructor(page: Page, context: BrowserContext, profile: string) {
    this.page = page;
    this.#context = context;
    this.#profile = profile;
  }

  static async start(): Promise<Browser> {
    const executablePath = [process.env['CHROMIUM'], '/usr/bin/chromium', '/usr/bin/google-chrome'].find((path) => path !== undefined && existsSync(path));
    if (executablePath === undefined) throw new Error('there is no Chromium: apt-get install chromium');
    const profile = mkdtempSync(join(tmpdir(), 'caisson-chromium-'));
    const context = await chromium.launchPersistentContext(profile, { executablePath, headless: true, args: flags, viewport: { width: 1280, height: 800 }, timeout: 120_000 });
    context.setDefaultTimeout(90_000);
    const page = context.pages()[0] ?? (await context.newPage());
    return new Browser(page, context, profile);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}
