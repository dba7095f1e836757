import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, freePort, Sandbox } from '../../../../tests/e2e/support.js';
import { attempt, brief } from './support/attempt.js';
import { Browser } from './support/browser.js';
import { packed } from './support/packed.js';
import { Pictures } from './support/pictures.js';
import { makeProject } from './support/project.js';
import { EditorServer } from './support/server.js';
import { Workbench } from './support/workbench.js';

const vsix = packed();

// The whole of what the extension is for, in the order in which somebody would do it, on the real engine and runc. Each step goes on from the one before.
describe.each(['dark', 'light'] as const)('a container from a Dockerfile, in a %s theme', (theme) => {
  const stack = new AsyncDisposableStack();
  let sandbox: Sandbox;
  let folder: string;
  let bench: Workbench;
  let pictures: Pictures;
  let failed = false;
  let site = '';

  beforeAll(async () => {
    sandbox = stack.adopt(Sandbox.withBase(), (one) => one.dispose());
    folder = makeProject(sandbox);
    const { CAISSON_ROOT = '', CAISSON_RUN_ROOT = '', DOCKER_CONFIG = '' } = sandbox.env;
    const colors = theme === 'dark' ? 'Default Dark Modern' : 'Default Light Modern';
    const server = stack.use(await EditorServer.start({ vsix, env: { CAISSON_ROOT, CAISSON_RUN_ROOT, DOCKER_CONFIG }, settings: { 'workbench.colorTheme': colors, 'caisson.path': cliPath } }));
    const browser = stack.use(await Browser.start());
    bench = new Workbench(browser.page, server);
    pictures = new Pictures(browser.page, theme);
  });

  afterAll(() => stack.disposeAsync());

  afterEach(async ({ task }) => {
    if (task.result?.state !== 'fail') return;
    failed = true;
    await pictures.take(`failed-${task.name.replaceAll(/\W+/g, '-')}`);
  });

  /** What the container's site answers, or why it does not. While it starts, its port is held for it, and nobody answers there. */
  const read = () =>
    fetch(site, { signal: AbortSignal.timeout(1500) }).then(
      (answer) => answer.text(),
      (error: unknown) => String(error),
    );

  const step = (name: string, what: () => Promise<void>) =>
    it(name, async () => {
      // What follows a failure would only fail slowly.
      expect(failed, 'a step before this one failed').toBe(false);
      await what();
    });

  step('shows a squiggle, and its fix', async () => {
    await bench.open(folder);
    await bench.openFile('Dockerfile');
    await bench.page.locator('.monaco-editor .squiggly-warning').first().waitFor({ state: 'attached' });
    await bench.goTo('SHOP_NAME', 'End', 'Ln 8');
    await bench.fix('legacy', () => bench.line('SHOP_NAME=harbour').isVisible(), () => pictures.take('fix'));
    await bench.save('Dockerfile');
    await expect.poll(() => readFileSync(join(folder, 'Dockerfile'), 'utf8')).toContain('SHOP_NAME=harbour');
  });

  step('builds, and shows how', async () => {
    const lens = bench.page.locator('.codelens-decoration a', { hasText: 'Build' }).first();
    await attempt('Build', () => lens.click(brief), () => bench.hasWebview('.build'), 20_000);
    const view = await bench.webview('.build');
    await view.locator('.title.succeeded').waitFor();
    await expect.poll(() => view.locator('.step.done').count()).toBeGreaterThan(3);
    await pictures.take('build');
  });

  step('builds again from the cache, and says why it could not', async () => {
    writeFileSync(join(folder, 'pages/index.html'), '<!doctype html><title>Shop</title><h1>Good morning</h1>\n');
    const view = await bench.webview('.build');
    // Only the second build says so; the first is shown until then.
    await bench.command('Caisson: Build Again', () => view.locator('.step.done .reason', { hasText: 'index.html' }).first().isVisible());
    await view.locator('.title.succeeded').waitFor();
    await expect.poll(() => view.locator('.step.cached').count()).toBeGreaterThan(3);
    await pictures.take('cache');
  });

  step('lands on the line when a build fails', async () => {
    const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
    writeFileSync(join(folder, 'Dockerfile'), dockerfile.replace('RUN rm /tmp/numbers.txt', 'RUN echo counting && rm /tmp/number.txt'));
    await bench.reload('number.txt');
    await bench.goTo('WORKDIR /srv', 'Control+Home', 'Ln 1');
    const view = await bench.webview('.build');
    await bench.command('Caisson: Build Again', () => view.locator('.title.failed').isVisible());
    await bench.page.locator('.squiggly-error').first().waitFor({ state: 'attached' });
    await expect.poll(() => bench.isAt('Ln 13')).toBe(true);
    await view.locator('.output', { hasText: "can't remove" }).waitFor();
    await pictures.take('failure');
    await bench.closeNotifications();
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    await bench.reload('rm /tmp/numbers.txt');
  });

  step('makes an image appear, with its layers and their files', async () => {
    await bench.showViews();
    await bench.expand(bench.row('shop'));
    await bench.inlineAction(bench.row('latest'), 'Layers', () => bench.hasWebview('.history'));
    await bench.command('View: Hide Panel', () => bench.page.locator('.part.panel').isHidden());
    const page = await bench.webview('.history');
    const select = (text: string) => attempt(text, () => page.locator('.step', { hasText: text }).click(brief), () => page.locator('.files h2', { hasText: text }).isVisible());
    await select('seq 1 120000');
    await bench.expand(page.locator('.tree > li', { hasText: 'srv' }), '.name');
    await page.locator('.tree li.added .name', { hasText: 'numbers.gz' }).waitFor();
    await pictures.take('layers');
    // What a later layer deletes is still there, without use.
    await select('rm /tmp/numbers.txt');
    await page.locator('.sums .wasted').waitFor();
    await page.locator('.controls input[type=search]').fill('numbers');
    await page.locator('.tree li.deleted', { hasText: 'tmp/numbers.txt' }).waitFor();
    await pictures.take('wasted');
  });

  step('goes from a layer to its line, and from a file to an editor', async () => {
    const page = await bench.webview('.history');
    await page.locator('.controls input[type=search]').fill('');
    const link = page.locator('.step', { hasText: 'pages/index.html' }).locator('a.line');
    await attempt('going to the line', () => link.click(brief), () => bench.isAt('Ln 11'));
    // The other way: the cursor chooses the layer.
    const chosen = page.locator('.step[aria-selected=true]', { hasText: 'catalog.html' });
    await attempt('choosing by the cursor', () => bench.line('catalog.html .').click(brief), () => chosen.isVisible());
    await bench.expand(page.locator('.tree > li', { hasText: 'srv' }), '.name');
    const file = page.locator('.tree .name', { hasText: 'catalog.html' });
    await attempt('opening a file', () => file.click(brief), () => bench.line('Product').first().isVisible(), 10_000);
    await pictures.take('file');
  });

  step('runs the image as the form says, and the container appears', async () => {
    await bench.closeEditors();
    await bench.inlineAction(bench.row('latest'), 'Run…', () => bench.hasWebview('.run'));
    const form = await bench.webview('.run');
    // As the image says.
    await expect.poll(async () => [await form.locator('#ports').inputValue(), await form.locator('#env').inputValue()]).toEqual(['8080:8080', 'SHOP_NAME=harbour']);
    const port = await freePort();
    site = `http://127.0.0.1:${port}/`;
    await form.locator('#name').fill('front');
    await form.locator('#ports').fill('none');
    await attempt('Run', () => form.locator('button[type=submit]').click(brief), () => form.locator('#ports-fault', { hasText: 'no port' }).isVisible());
    await form.locator('#ports').fill(`${port}:8080`);
    await form.locator('#env').fill('SHOP_NAME=quay');
    await pictures.take('run');
    await attempt('Run', () => form.locator('button[type=submit]').click(brief), () => bench.row('front').isVisible(), 20_000);
    await expect.poll(read).toContain('Good morning');
  });

  step('attaches a shell that one can type into', async () => {
    await bench.inlineAction(bench.row('front'), 'Attach Shell', () => bench.terminalShows('#'));
    await bench.enter('echo $SHOP_NAME $((40 + 2)); ls /srv', 'quay 42', 'catalog.html');
    await bench.enter('echo $((20 + 3)) began; sleep 1000', '23 began');
    await attempt('interrupting', () => bench.press('Control+c'), () => bench.terminalShows('^C'));
    await bench.enter('stty size', /size\s*\d+ \d+/);
    await pictures.take('shell');
    await attempt('ending the shell', () => bench.type('exit\r'), async () => (await bench.page.locator('.terminal-wrapper.active').count()) === 0, 20_000);
  });

  step('follows logs', async () => {
    await bench.inlineAction(bench.row('front'), 'Follow Logs', () => bench.terminalShows('listening on port 8080', 'visitor 1'));
    // What comes later is shown as well.
    for (let visits = 2; visits < 8; visits++) expect(await read()).toContain('Good morning');
    await expect.poll(() => bench.terminalShows('visitor 7')).toBe(true);
    await pictures.take('logs');
  });

  step('edits a file of the container', async () => {
    await bench.expand(bench.row('front'));
    await bench.expand(bench.row('srv'));
    const text = bench.line('Good morning');
    await attempt('opening a file', () => bench.row('index.html').click(brief), () => text.isVisible(), 10_000);
    const write = async () => {
      await bench.goTo('Good morning', 'Control+Home', 'Ln 1, Col 1');
      await bench.page.keyboard.type('<!-- edited -->');
    };
    await attempt('typing', write, () => bench.line('<!-- edited -->').isVisible());
    await bench.save('index.html');
    await expect.poll(read).toContain('<!-- edited -->');
    await pictures.take('files');
  });

  step('stops and removes it', async () => {
    const row = bench.row('front');
    await bench.inlineAction(row, 'Stop', async () => (await row.innerText(brief)).includes('Exited'));
    await bench.inlineAction(row, 'Remove…', () => bench.page.locator('.monaco-dialog-box').isVisible());
    await bench.confirm('Remove');
    await row.waitFor({ state: 'detached' });
    expect(sandbox.ok('ps', '-aq')).toBe('');
  });
});
