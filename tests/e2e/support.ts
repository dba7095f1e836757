import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyboxRootfs } from '../../scripts/busybox-base.mjs';
import { freePort } from './own-network.js';

export { freePort };

/** CAISSON_CLI: another build than the one in this tree. */
export const cliPath = process.env.CAISSON_CLI ?? new URL('../../packages/cli/bin/caisson.cjs', import.meta.url).pathname;
export const isRoot = process.getuid?.() === 0;

/** What the command line compiled of itself; all sandboxes have it together. */
const compiledCode = join(tmpdir(), `caisson-e2e-code-${process.getuid?.() ?? 0}`);

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line on a data root of its own, with a base image of busybox in it. `dispose` leaves nothing behind. */
export class Sandbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'caisson-e2e-'));
  readonly env: NodeJS.ProcessEnv;
  readonly #children: ChildProcess[] = [];
  /** What runs the command line. */
  protected readonly launcher: readonly [string, ...string[]] = [process.execPath, cliPath];

  constructor() {
    this.env = { ...process.env, CAISSON_ROOT: this.path('data'), CAISSON_RUN_ROOT: this.path('run'), DOCKER_CONFIG: this.path('docker'), HOME: this.path('home'), NO_COLOR: '1', XDG_CACHE_HOME: compiledCode };
    for (const folder of [this.path('home'), compiledCode]) mkdirSync(folder, { recursive: true });
  }

  static withBase(): Sandbox {
    const sandbox = new Sandbox();
    sandbox.write('busybox.tar', busyboxRootfs());
    sandbox.ok('import', '-c', 'CMD ["/bin/sh"]', sandbox.path('busybox.tar'), 'localhost/busybox:1');
    return sandbox;
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  write(name: string, data: string | Uint8Array, mode?: number): string {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), data, mode === undefined ? {} : { mode });
    return this.path(name);
  }

  /** Writes several files below a folder and returns its path. */
  tree(folder: string, files: Readonly<Record<string, string>>): string {
    for (const [name, text] of Object.entries(files)) this.write(join(folder, name), text);
    return this.path(folder);
  }

  run(args: readonly string[], options: { input?: string | Uint8Array; cwd?: string } = {}): Outcome {
    const { status, stdout, stderr, error } = spawnSync(this.launcher[0], [...this.launcher.slice(1), ...args], { env: this.env, encoding: 'utf8', timeout: 100_000, killSignal: 'SIGKILL', maxBuffer: 256 * 1024 * 1024, ...options });
    if (error) throw error;
    return { code: status ?? -1, stdout, stderr };
  }

  /** A command that must succeed; returns what it printed, trimmed. */
  ok(...args: string[]): string {
    const { code, stdout, stderr } = this.run(args);
    if (code !== 0) throw new Error(`caisson ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** A command that must fail. */
  fail(...args: string[]): Outcome {
    const outcome = this.run(args);
    if (outcome.code === 0) throw new Error(`caisson ${args.join(' ')} succeeded:\n${outcome.stdout}`);
    return outcome;
  }

  /** A command that goes on in the background. */
  spawn(args: readonly string[], options: { stdin?: 'pipe' | 'ignore' } = {}): ChildProcess {
    const child = spawn(this.launcher[0], [...this.launcher.slice(1), ...args], { env: this.env, stdio: [options.stdin ?? 'ignore', 'pipe', 'pipe'] });
    this.#children.push(child);
    return child;
  }

  /** Debian's registry on a free port, open or for one user; returns `localhost:PORT`. */
  async registry(user?: { readonly name: string; readonly password: string }): Promise<string> {
    const port = await freePort();
    const folder = this.path(`registry-${port}`);
    let auth = '';
    if (user) {
      const hash = spawnSync('perl', ['-e', 'print crypt($ARGV[0], "\\$2b\\$05\\$abcdefghijklmnopqrstuu")', user.password], { encoding: 'utf8' }).stdout;
      auth = `auth: { htpasswd: { realm: here, path: ${this.write(`htpasswd-${port}`, `${user.name}:${hash}\n`)} } }\n`;
    }
    const config = this.write(`registry-${port}.yml`, `version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: ${folder} } }\nhttp: { addr: 127.0.0.1:${port} }\n${auth}`);
    this.#children.push(spawn('docker-registry', ['serve', config], { stdio: 'ignore' }));
    await untilTrue(async () => (await fetch(`http://127.0.0.1:${port}/v2/`)).status === (user ? 401 : 200));
    return `localhost:${port}`;
  }

  dispose(): void {
    for (const child of this.#children) child.kill('SIGKILL');
    if (existsSync(this.path('data/state.db'))) {
      const ids = this.run(['ps', '-aq', '--no-trunc']).stdout.split('\n').filter(Boolean);
      if (ids.length > 0) this.run(['rm', '-f', ...ids]);
      const networks = this.run(['network', 'ls', '-q']).stdout.split('\n').filter(Boolean);
      if (networks.length > 0) this.run(['network', 'rm', ...networks]);
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** Asks again and again, for what has no event to wait for; a throw counts as no. */
export async function untilTrue(ask: () => boolean | Promise<boolean>, seconds = 60): Promise<void> {
  const end = Date.now() + seconds * 1000;
  for (;;) {
    try {
      if (await ask()) return;
    } catch {
      // not yet
    }
    if (Date.now() > end) throw new Error(`still not so after ${seconds} s: ${ask.toString()}`);
    await sleep(25);
  }
}

export async function output(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (data: Buffer) => (stdout += data.toString()));
  child.stderr?.on('data', (data: Buffer) => (stderr += data.toString()));
  const code = await new Promise<number>((resolve) => child.on('close', (status, signal) => resolve(status ?? (signal ? 128 : -1))));
  return { code, stdout, stderr };
}

/** Mounts, network interfaces and processes that belong to a sandbox: none may be left when its containers are gone. */
export function leftovers(sandbox: Sandbox): string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(sandbox.folder));
  const processes = spawnSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' }).stdout.split('\n').filter((line) => line.includes(sandbox.path('run')) && !line.includes('ps -eo'));
  return [...mounts, ...processes];
}
