import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, freePort, Sandbox } from '../../../../tests/e2e/support.js';
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
  let port = 0;

  beforeAll(async () => {
    sandbox = stack.adopt(Sandbox.withBase(), (one) => one.dispose());
    folder = makeProject(sandbox);
    port = await freePort();
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
  const site = () =>
    fetch(`http://127.0.0.1:${port}/`, { signal: AbortSignal.timeout(1500) }).then(
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
    await bench.line('SHOP_NAME').click();
    await bench.openFixes('legacy');
    await pictures.take('fix');
    await bench.page.keyboard.press('Enter');
    await bench.line('SHOP_NAME=harbour').waitFor();
    await bench.page.keyboard.press('Control+S');
    await expect.poll(() => readFileSync(join(folder, 'Dockerfile'), 'utf8')).toContain('SHOP_NAME=harbour');
  });

  step('builds, and shows how', async () => {
    await bench.page.locator('.codelens-decoration a', { hasText: 'Build' }).first().click();
    const view = await bench.webview('.build');
    await view.locator('.title.succeeded').waitFor();
    expect(await view.locator('.step.done').count()).toBeGreaterThan(3);
    await pictures.take('build');
  });

  step('builds again from the cache, and says why it could not', async () => {
    writeFileSync(join(folder, 'pages/index.html'), '<!doctype html><title>Shop</title><h1>Good morning</h1>\n');
    await bench.command('Caisson: Build Again');
    const view = await bench.webview('.build');
    await view.locator('.title.running').waitFor({ state: 'detached' });
    await view.locator('.title.succeeded').waitFor();
    await view.locator('.step.done .reason', { hasText: 'index.html' }).first().waitFor();
    expect(await view.locator('.step.cached').count()).toBeGreaterThan(3);
    await pictures.take('cache');
  });

  step('lands on the line when a build fails', async () => {
    const dockerfile = readFileSync(join(folder, 'Dockerfile'), 'utf8');
    writeFileSync(join(folder, 'Dockerfile'), dockerfile.replace('RUN rm /tmp/numbers.txt', 'RUN echo counting && rm /tmp/number.txt'));
    await bench.line('number.txt').first().waitFor();
    await bench.page.keyboard.press('Control+Home');
    await bench.command('Caisson: Build Again');
    const view = await bench.webview('.build');
    await view.locator('.title.failed').waitFor();
    await bench.page.locator('.squiggly-error').first().waitFor({ state: 'attached' });
    await expect.poll(() => bench.page.locator('#status\\.editor\\.selection').innerText()).toContain('Ln 13');
    await view.locator('.output', { hasText: "can't remove" }).waitFor();
    await pictures.take('failure');
    await bench.closeNotifications();
    writeFileSync(join(folder, 'Dockerfile'), dockerfile);
    await bench.line('rm /tmp/numbers.txt').waitFor();
  });

  step('makes an image appear, with its layers and their files', async () => {
    await bench.showViews();
    await bench.row('shop').click();
    await bench.inlineAction(bench.row('latest'), 'Layers');
    await bench.command('View: Hide Panel');
    const page = await bench.webview('.history');
    const step = page.locator('.step', { hasText: 'seq 1 120000' });
    await step.click();
    await page.locator('.files h2', { hasText: 'seq 1 120000' }).waitFor();
    await page.locator('.tree li.added', { hasText: 'srv' }).or(page.locator('.tree li', { hasText: 'srv' })).first().click();
    await page.locator('.tree li.added .name', { hasText: 'numbers.gz' }).waitFor();
    await pictures.take('layers');
    // What a later layer deletes is still there, without use.
    await page.locator('.step', { hasText: 'rm /tmp/numbers.txt' }).click();
    await page.locator('.sums .wasted').waitFor();
    await page.locator('.controls input[type=search]').fill('numbers');
    await page.locator('.tree li.deleted', { hasText: 'tmp/numbers.txt' }).waitFor();
    await pictures.take('wasted');
  });

  step('goes from a layer to its line, and from a file to an editor', async () => {
    const page = await bench.webview('.history');
    await page.locator('.controls input[type=search]').fill('');
    await page.locator('.step', { hasText: 'pages/index.html' }).locator('a.line').click();
    await expect.poll(() => bench.page.locator('#status\\.editor\\.selection').innerText()).toContain('Ln 11');
    // The other way: the cursor chooses the layer.
    await bench.line('catalog.html .').click();
    await page.locator('.step[aria-selected=true]', { hasText: 'catalog.html' }).waitFor();
    await page.locator('.tree li', { hasText: 'srv' }).first().click();
    await page.locator('.tree .name', { hasText: 'catalog.html' }).click();
    await bench.line('Product').first().waitFor();
    await pictures.take('file');
  });

  step('runs the image as the form says, and the container appears', async () => {
    await bench.command('View: Close All Editors');
    await bench.inlineAction(bench.row('latest'), 'Run…');
    const form = await bench.webview('.run');
    // As the image says.
    expect([await form.locator('#ports').inputValue(), await form.locator('#env').inputValue()]).toEqual(['8080:8080', 'SHOP_NAME=harbour']);
    await form.locator('#name').fill('front');
    await form.locator('#ports').fill('none');
    await form.locator('button[type=submit]').click();
    await form.locator('#ports-fault', { hasText: 'no port' }).waitFor();
    await form.locator('#ports').fill(`${port}:8080`);
    await form.locator('#env').fill('SHOP_NAME=quay');
    await pictures.take('run');
    await form.locator('button[type=submit]').click();
    await bench.row('front').waitFor();
    await expect.poll(site).toContain('Good morning');
  });

  step('attaches a shell that one can type into', async () => {
    await bench.inlineAction(bench.row('front'), 'Attach Shell');
    await bench.terminal.filter({ hasText: '#' }).waitFor();
    await bench.type('echo $SHOP_NAME $((40 + 2)); ls /srv\r');
    await bench.terminal.filter({ hasText: 'quay 42' }).filter({ hasText: 'catalog.html' }).waitFor();
    await bench.type('echo $((20 + 3)) began; sleep 100\r');
    await bench.terminal.filter({ hasText: '23 began' }).waitFor();
    await bench.page.keyboard.press('Control+c');
    await bench.type('stty size\r');
    await bench.terminal.filter({ hasText: /\d+ \d+/ }).waitFor();
    await pictures.take('shell');
    await bench.type('exit\r');
    await bench.page.locator('.terminal-wrapper.active').waitFor({ state: 'detached' });
  });

  step('follows logs', async () => {
    await bench.inlineAction(bench.row('front'), 'Follow Logs');
    await bench.terminal.filter({ hasText: 'listening on port 8080' }).filter({ hasText: 'visitor 3' }).waitFor();
    await pictures.take('logs');
    const before = await bench.terminal.innerText();
    await expect.poll(() => bench.terminal.innerText()).not.toBe(before);
  });

  step('edits a file of the container', async () => {
    await bench.row('front').click();
    await bench.row('srv').click();
    await bench.row('index.html').click();
    await bench.line('Good morning').click();
    await bench.page.keyboard.press('Control+Home');
    await bench.page.keyboard.type('<!-- edited -->');
    await bench.page.keyboard.press('Control+S');
    await expect.poll(site).toContain('<!-- edited -->');
    await pictures.take('files');
  });

  step('stops and removes it', async () => {
    await bench.inlineAction(bench.row('front'), 'Stop');
    await expect.poll(() => bench.row('front').innerText()).toContain('Exited');
    await bench.inlineAction(bench.row('front'), 'Remove…');
    await bench.page.locator('.monaco-dialog-box').getByRole('button', { name: 'Remove' }).click();
    await bench.row('front').waitFor({ state: 'detached' });
    expect(sandbox.ok('ps', '-aq')).toBe('');
  });
});
