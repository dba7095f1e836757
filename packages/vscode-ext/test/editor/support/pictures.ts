import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

/** Where the README's pictures are; a run of the tests leaves them as they are unless it is asked for new ones. */
const kept = new URL('../../../media/pictures', import.meta.url).pathname;

export class Pictures {
  readonly #page: Page;
  readonly #folder: string;
  readonly #theme: string;

  constructor(page: Page, theme: 'light' | 'dark') {
    this.#page = page;
    this.#theme = theme;
    this.#folder = process.env['CAISSON_PICTURES'] === undefined ? join(import.meta.dirname, '../../../dist/test/pictures') : kept;
    mkdirSync(this.#folder, { recursive: true });
  }

  async take(name: string): Promise<void> {
    // Things that fade in have done so.
    await this.#page.waitForTimeout(250);
    await this.#page.screenshot({ path: join(this.#folder, `${name}-${this.#theme}.png`) });
  }
}
