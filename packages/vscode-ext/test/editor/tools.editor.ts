import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, Sandbox } from '../../../../tests/e2e/support.js';
import { attempt, brief } from './support/attempt.js';
import { Browser } from './support/browser.js';
import { packed } from './support/packed.js';
import { Pictures } from './support/pictures.js';
import { EditorServer } from './support/server.js';
import { Workbench } from './support/workbench.js';

/** Seconds that only a process of this run's sleeps for. */
const slow = 100_000 + process.pid;

// What is not on the way of the scenario: each on its own, on containers and images that the command line has made before.
describe('views and terminals', () => {
  const stack = new AsyncDisposableStack();
  let sandbox: Sandbox;
  let folder: string;
  let bench: Workbench;
  let pictures: Pictures;
  let registry: string;

  beforeAll(async () => {
    sandbox = stack.adopt(Sandbox.withBase(), (one) => one.dispose());
    folder = sandbox.tree('tools', { Dockerfile: 'FROM localhost/busybox:1\nCOPY a.txt /\n', 'a.txt': 'one\n', 'ticker.js': 'let count = 0;\nfunction tick() {\n  count += 1;\n  console.log(`tick ${count}`);\n}\nsetInterval(tick, 300);\n', '.vscode/tasks.json': JSON.stringify({ version: '2.0.0', tasks: [{ type: 'caisson-build', label: 'bad', dockerfile: 'bad.dockerfile', tags: ['bad:1'], problemMatcher: '$caisson-build' }] }), 'slow.dockerfile': `FROM localhost/busybox:1\nRUN echo begun; sleep ${slow}\n`, 'bad.dockerfile': 'FROM localhost/busybox:1\nRUN exit 7\n' });
    sandbox.ok('build', '-t', 'tools:1', folder);
    writeFileSync(join(folder, 'a.txt'), 'one and two\n');
    sandbox.ok('build', '-t', 'tools:2', folder);
    registry = await sandbox.registry();
    sandbox.ok('tag', 'tools:1', `${registry}/acme/tools:first`);
    sandbox.ok('push', `${registry}/acme/tools:first`);
    sandbox.ok('run', '-d', '--name', 'idle', '--label', 'com.docker.compose.project=night', '--label', 'com.docker.compose.service=watch', 'tools:1', 'sh', '-c', "trap 'exit 0' TERM; while true; do sleep 1; done");
    const { CAISSON_ROOT = '', CAISSON_RUN_ROOT = '', DOCKER_CONFIG = '' } = sandbox.env;
    const server = stack.use(await EditorServer.start({ vsix: packed(), env: { CAISSON_ROOT, CAISSON_RUN_ROOT, DOCKER_CONFIG }, settings: { 'workbench.colorTheme': 'Default Dark Modern', 'caisson.path': cliPath, 'caisson.registries': [registry] } }));
    const browser = stack.use(await Browser.start());
    bench = new Workbench(browser.page, server);
    pictures = new Pictures(browser.page, 'dark');
    await bench.open(folder);
    await bench.showViews();
    await bench.row('watch').waitFor();
  });

  afterAll(() => stack.disposeAsync());

  afterEach(async ({ task }) => {
    if (task.result?.state === 'fail') await pictures.take(`failed-${task.name.replaceAll(/\W+/g, '-')}`);
  });

  it('groups by compose project, and otherwise when asked', async () => {
    await bench.row('night').waitFor();
    const open = () => bench.command('Caisson: Group Containers by…');
    await bench.quick.pick({ text: 'Group by', open, hasCome: () => bench.row('night').isHidden() }, 'No groups');
    await bench.row('idle').waitFor();
  });

  it('filters', async () => {
    const open = () => bench.command('Caisson: Filter Images…');
    await bench.quick.answer({ text: 'Filter', open, hasCome: () => bench.row('tools').isHidden() }, 'busy');
    await bench.row('localhost/busybox').waitFor();
    await bench.quick.answer({ text: 'Filter', open, hasCome: () => bench.row('tools').isVisible() }, '');
  });

  it('lists backends, each that cannot be used with the reason', async () => {
    const list = bench.quick.asking('Caisson: Select Backend').locator('.quick-input-list .monaco-list-row');
    await bench.command('Caisson: Select Backend', () => list.first().isVisible());
    await list.filter({ hasText: 'in use' }).filter({ hasText: 'Local engine' }).waitFor();
    await list.filter({ hasText: 'not usable' }).filter({ hasText: 'there is no socket' }).first().waitFor();
    await pictures.take('backends');
    await bench.quick.dismiss();
  });

  it('inspects', async () => {
    await bench.menuAction(bench.row('idle'), 'Inspect', () => bench.line('"name": "idle"').first().isVisible());
  });

  it('shows statistics', async () => {
    await bench.menuAction(bench.row('idle'), 'Statistics', () => bench.terminalShows('MEMORY', /idle.*%/));
    await pictures.take('statistics');
  });

  it('lists processes', async () => {
    await bench.menuAction(bench.row('idle'), 'Processes', () => bench.line('sleep 1').or(bench.line('sh -c trap')).first().isVisible());
  });

  it('runs a command in a container', async () => {
    const open = () => bench.menuAction(bench.row('idle'), 'Run a Command in It…');
    await bench.quick.answer({ text: 'Command to run in idle', open, hasCome: () => bench.terminalShows('one', 'Ended with 3') }, "sh -c 'cat /a.txt; exit 3'");
  });

  it('runs an image on a terminal, and forgets it at the end', async () => {
    await bench.expand(bench.row('tools'));
    await bench.menuAction(bench.row('1').last(), 'Run Interactively', () => bench.terminalShows('/ #'));
    await bench.enter('echo $((6 * 7))', '42');
    const names = () => sandbox.ok('ps', '-a', '--format', '{{.Names}}');
    await attempt('ending the shell', () => bench.type('exit\r'), () => names() === 'idle', 10_000);
  });

  it('compares two images', async () => {
    const [from, to] = ['Compare: from this image', 'Compare tools:1 with'];
    const open = () => bench.command('Caisson Images: Compare…');
    const first = () => bench.quick.pick({ text: from, open, hasCome: () => bench.quick.asking(to).isVisible() }, 'tools:1');
    await bench.quick.pick({ text: to, open: first, hasCome: () => bench.hasWebview('.comparison') }, 'tools:2');
    const page = await bench.webview('.comparison');
    await page.locator('tr.changed', { hasText: 'a.txt' }).filter({ hasText: '+8 B' }).waitFor();
    await pictures.take('comparison');
    const inserted = bench.page.locator('.monaco-diff-editor .line-insert').first();
    await attempt('comparing a file', () => page.locator('a', { hasText: 'a.txt' }).click(brief), () => inserted.isVisible(), 10_000);
    await bench.closeEditors();
  });

  it('goes through layers with the keyboard, and saves a file out of one', async () => {
    const open = () => bench.command('Caisson Images: Layers');
    await bench.quick.pick({ text: 'Layers', open, hasCome: () => bench.hasWebview('.history') }, 'tools:1');
    const page = await bench.webview('.history');
    const selects = async (key: string, text: string) => {
      await page.locator('.steps').press(key, brief);
      await page.locator('.step[aria-selected=true]', { hasText: text }).waitFor(brief);
    };
    const walk = async () => {
      await selects('End', 'import');
      await selects('ArrowUp', 'COPY a.txt');
    };
    const file = page.locator('[role=treeitem][aria-label^="a.txt, added"]');
    await attempt('going through the layers', walk, () => file.isVisible());
    const target = join(folder, 'saved.txt');
    const hasCome = () => existsSync(target) && readFileSync(target, 'utf8') === 'one\n';
    await bench.quick.saveAs({ text: 'Save a.txt', open: () => file.press('s', brief), hasCome }, 'a.txt', target);
    expect(readFileSync(target, 'utf8')).toBe('one\n');
    await bench.closeEditors();
  });

  it('cancels a build, and what it runs', async () => {
    const processes = () => spawnSync('pgrep', ['-f', `sleep ${slow}`]).stdout.length;
    await bench.command('View: Show Explorer', () => bench.page.locator('.explorer-folders-view').isVisible());
    await bench.openFile('slow.dockerfile');
    const lens = bench.page.locator('.codelens-decoration a', { hasText: 'Build' }).first();
    await attempt('Build', () => lens.click(brief), () => bench.hasWebview('.build .title.running'), 20_000);
    const view = await bench.webview('.build .title.running');
    await view.locator('.output', { hasText: 'begun' }).waitFor();
    await expect.poll(processes).toBeGreaterThan(0);
    await attempt('Cancel', () => view.locator('.actions button', { hasText: 'Cancel' }).click(brief), () => view.locator('.title.cancelled').isVisible(), 10_000);
    await view.locator('.step.running').waitFor({ state: 'detached' });
    await pictures.take('cancelled');
    await expect.poll(processes).toBe(0);
    await bench.closeEditors();
    await bench.showViews();
  });

  it('shows what a registry has, with digests', async () => {
    await bench.expandPane('Registries');
    await bench.expand(bench.row(registry));
    await bench.expand(bench.row('acme/tools'));
    await bench.menuAction(bench.row('first'), 'Inspect', () => bench.line('"descriptor"').first().isVisible());
  });

  it('makes a volume', async () => {
    const names = () => sandbox.ok('volume', 'ls', '-q');
    await bench.quick.answer({ text: 'Name of the new volume', open: () => bench.command('Caisson: Create Volume…'), hasCome: () => names() === 'kept' }, 'kept');
    expect(names()).toBe('kept');
  });

  it('debugs the Node.js of a container, up to a breakpoint', async () => {
    sandbox.ok('run', '-d', '--name', 'ticker', ...nodeOfThisHost(), '-v', `${folder}:/srv`, '-w', '/srv', 'tools:1', 'node', '--inspect=0.0.0.0:9229', 'ticker.js');
    await bench.command('View: Show Explorer', () => bench.page.locator('.explorer-folders-view').isVisible());
    await bench.openFile('ticker.js');
    const breakpoint = bench.page.locator('.codicon-debug-breakpoint, .codicon-debug-breakpoint-unverified').first();
    await bench.goTo('console.log', 'End', 'Ln 4');
    await attempt('setting a breakpoint', async () => (await breakpoint.isVisible()) || (await bench.page.keyboard.press('F9')), () => breakpoint.isVisible());
    await bench.showViews();
    await bench.menuAction(bench.row('ticker'), 'Debug: Node');
    const stack = bench.page.locator('.debug-call-stack');
    await stack.filter({ hasText: 'tick' }).filter({ hasText: 'Paused on breakpoint' }).or(stack.filter({ hasText: 'Paused On Breakpoint' })).first().waitFor();
    await bench.page.locator('.debug-top-stack-frame-line').waitFor();
    await pictures.take('debug');
    // Process IDs of the container are no children of this host's.
    expect(await stack.innerText()).not.toContain('Child Process');
    await attempt('ending the session', () => bench.page.keyboard.press('Shift+F5'), () => bench.page.locator('.debug-toolbar').isHidden(), 10_000);
    sandbox.ok('rm', '-f', 'ticker');
    await bench.showViews();
  });

  it('starts an engine that was killed again, and goes on', async () => {
    const [own] = daemonsOf(sandbox.folder);
    if (own === undefined) throw new Error('no engine runs');
    process.kill(own, 'SIGKILL');
    sandbox.ok('create', '--name', 'later', 'tools:1');
    await bench.command('Caisson: Refresh Containers', () => bench.row('later').isVisible());
  });

  it('turns what a task says into problems', async () => {
    await bench.quick.pick({ text: 'Select the task to run', open: () => bench.command('Tasks: Run Task'), hasCome: () => bench.terminalShows('exit 7') }, 'bad');
    await expect.poll(() => bench.page.locator('#status\\.problems').getAttribute('aria-label')).toMatch(/Errors: 1|1 Error/);
  });
});

/** Which processes are engines that the extension started for this sandbox; those of others come and go meanwhile. */
function daemonsOf(root: string): number[] {
  const { stdout } = spawnSync('pgrep', ['-f', 'caisson.cjs daemon --host unix://.*caisson-vscode-'], { encoding: 'utf8' });
  return stdout.trim().split('\n').map(Number).filter((pid) => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(root);
    } catch {
      return false;
    }
  });
}

/** Mounts that give a container of busybox the Node.js that runs this, with the libraries that it is linked to. */
function nodeOfThisHost(): string[] {
  const linked = execFileSync('ldd', [process.execPath], { encoding: 'utf8' }).matchAll(/(?:=> |^\s*)(\/\S+)/gm);
  return [[process.execPath, '/usr/local/bin/node'], ...[...linked].map(([, path = '']) => [path, path])].flatMap(([source = '', target = '']) => ['-v', `${source}:${target}:ro`]);
}
