import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { createWriteStream, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { setUpEditor } from '../../../scripts/setup-editor.mjs';

/** Without what moves, asks or contacts somebody by itself. */
const calm = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.tips.enabled': false,
  'workbench.enableExperiments': false,
  'workbench.editor.empty.hint': 'hidden',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'update.mode': 'none',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'terminal.integrated.gpuAcceleration': 'off',
  'terminal.integrated.initialHint': false,
  'window.menuBarVisibility': 'classic',
  'editor.minimap.enabled': false,
  'git.enabled': false,
};

export interface EditorOptions {
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** A packed extension to install. */
  readonly vsix?: string;
  readonly args?: readonly string[];
}

/** A code-server of its own: own folders, own port on the loopback. Ends with `dispose`, and with the process. */
export class EditorServer implements AsyncDisposable {
  readonly port: number;
  readonly folder: string;
  readonly #process: ChildProcess;

  private constructor(port: number, folder: string, child: ChildProcess) {
    this.port = port;
    this.folder = folder;
    this.#process = child;
  }

  static async start(options: EditorOptions = {}): Promise<EditorServer> {
    const editor = await setUpEditor();
    const folder = mkdtempSync(join(tmpdir(), 'caisson-editor-'));
    const data = join(folder, 'data');
    // Settings of the machine are read from a file of their own.
    for (const place of ['User', 'Machine']) {
      mkdirSync(join(data, place), { recursive: true });
      writeFileSync(join(data, place, 'settings.json'), JSON.stringify({ ...calm, ...options.settings }));
    }
    writeFileSync(join(folder, 'config.yaml'), 'auth: none\n');
    const env = { ...environment(folder), ...options.env };
    const base = [editor.entry, '--config', join(folder, 'config.yaml'), '--user-data-dir', data, '--extensions-dir', join(folder, 'extensions')];
    if (options.vsix !== undefined) install(editor.node, [...base, '--install-extension', options.vsix, '--force'], env);
    const flags = ['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check', '--disable-workspace-trust', '--disable-getting-started-override', '--ignore-last-opened'];
    // A process group of its own, so that the extension hosts below it end with it.
    const child = spawn(editor.node, [...base, ...flags, ...(options.args ?? [])], { env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const log = createWriteStream(join(folder, 'server.log'));
    child.stdout.pipe(log);
    child.stderr.pipe(log);
    return new EditorServer(await portOf(child, folder), folder, child);
  }

  /** The address of a folder's workbench. */
  url(folder: string, payload: readonly (readonly [string, string])[] = []): string {
    const query = new URLSearchParams({ folder, payload: JSON.stringify([['skipWelcome', 'true'], ['skipReleaseNotes', 'true'], ...payload]) });
    return `http://127.0.0.1:${this.port}/?${query.toString()}`;
  }

  /** How the workbench names a file of this host. */
  remote(path: string): string {
    return `vscode-remote://127.0.0.1:${this.port}${path}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process;
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      process.kill(-child.pid, 'SIGTERM');
      await Promise.race([ended, sleep(5000)]);
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // All of the group has ended.
      }
    }
    if (process.env['CAISSON_KEEP'] === undefined) rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function environment(folder: string): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith('VSCODE_') && !['NODE_OPTIONS', 'PORT', 'VITEST', 'NODE_ENV'].includes(name));
  return { ...Object.fromEntries(own), EXTENSIONS_GALLERY: '{"serviceUrl":""}', XDG_DATA_HOME: join(folder, 'xdg'), XDG_CONFIG_HOME: join(folder, 'xdg') };
}

function install(node: string, args: readonly string[], env: NodeJS.ProcessEnv): void {
  const { status, stdout, stderr } = spawnSync(node, args, { env, encoding: 'utf8', timeout: 180_000 });
  if (status !== 0 || !stdout.includes('successfully installed')) throw new Error(`the extension could not be installed:\n${stdout}${stderr}`);
}

/** The port that it says it listens on: one that was looked for before might be taken meanwhile. */
function portOf(child: ChildProcess, folder: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => {
      child.kill('SIGKILL');
      reject(new Error(`code-server ${why}: see ${folder}/server.log`));
    };
    const timer = setTimeout(() => fail('does not listen'), 180_000);
    child.once('exit', (code) => fail(`ended with ${code}`));
    let output = '';
    child.stdout?.on('data', (data: Buffer) => {
      output += data.toString();
      const [, port] = /server listening on https?:\/\/[^:]+:(\d+)/.exec(output) ?? [];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
  });
}
