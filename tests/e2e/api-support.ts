import { spawn, spawnSync, type ChildProcess, type SpawnSyncReturns } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { request, type IncomingMessage } from 'node:http';
import { cliPath, Sandbox, untilTrue, type Outcome } from './support.js';

const found = (program: string) => spawnSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).stdout.trim();

/** The docker command line on PATH; empty where there is none. */
export const dockerCli = found('docker');
/** Debian's own, which may be older than the one on PATH. */
export const debianDockerCli = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : '';
export const hasDockerd = found('dockerd') !== '';
/** The path of another program; empty where there is none. */
export const program = found;

/** A host that speaks docker's API: its address, and docker's command line on it. */
export class ApiHost {
  readonly socket: string;
  readonly env: NodeJS.ProcessEnv;

  constructor(socket: string, configFolder: string) {
    this.socket = socket;
    mkdirSync(configFolder, { recursive: true });
    this.env = { ...process.env, DOCKER_HOST: `unix://${socket}`, DOCKER_CONFIG: configFolder, DOCKER_BUILDKIT: '0', NO_COLOR: '1', COLUMNS: '200' };
    delete this.env.DOCKER_CONTEXT;
  }

  docker(args: readonly string[], { input, cli = dockerCli, env = {}, cwd }: { input?: string | Uint8Array; cli?: string; env?: NodeJS.ProcessEnv; cwd?: string } = {}): Outcome {
    return outcome(spawnSync(cli, args, { env: { ...this.env, ...env }, encoding: 'utf8', timeout: 100_000, killSignal: 'SIGKILL', maxBuffer: 1 << 27, ...(input === undefined ? {} : { input }), ...(cwd === undefined ? {} : { cwd }) }));
  }

  /** A command that goes on until it is killed. */
  spawnDocker(args: readonly string[], input: string): { said(): string; kill(): void } {
    const child = spawn(dockerCli, args, { env: this.env, stdio: ['pipe', 'pipe', 'pipe'] });
    let text = '';
    child.stdout.on('data', (data: Buffer) => (text += data.toString()));
    child.stdin.end(input);
    return { said: () => text, kill: () => void child.kill('SIGKILL') };
  }

  /** A call that must succeed; returns what it printed, trimmed. */
  ok(...args: string[]): string {
    const { code, stdout, stderr } = this.docker(args);
    if (code !== 0) throw new Error(`docker ${args.join(' ')} ended with ${code}:\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /** One plain request. */
  call(method: string, path: string, { body, headers = {} }: { body?: string | Uint8Array; headers?: Record<string, string> } = {}): Promise<{ readonly status: number; readonly headers: IncomingMessage['headers']; readonly body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request({ socketPath: this.socket, method, path, headers: { ...(typeof body === 'string' ? { 'Content-Type': 'application/json' } : {}), ...headers }, agent: false }, (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text })).on('error', reject);
      });
      sent.on('error', reject);
      sent.end(body);
    });
  }
}

export function outcome({ status, stdout, stderr, error }: SpawnSyncReturns<string>): Outcome {
  if (error) throw error;
  return { code: status ?? -1, stdout, stderr };
}

/** `caisson daemon` on a data root of its own, with the image `localhost/busybox:1`. */
export class CaissonHost extends ApiHost {
  readonly sandbox: Sandbox;
  #daemon: ChildProcess | undefined;

  constructor(sandbox: Sandbox) {
    super(sandbox.path('docker.sock'), sandbox.path('docker-config'));
    this.sandbox = sandbox;
  }

  static async start(...flags: string[]): Promise<CaissonHost> {
    const host = new CaissonHost(Sandbox.withBase());
    await host.start(...flags);
    return host;
  }

  /** Returns the line that it prints when it is ready. */
  async start(...flags: string[]): Promise<string> {
    // Two engines on one machine do not see each other's networks before containers are in them: each test file has addresses of its own.
    const pools = [{ base: `10.${180 + (process.pid % 60)}.0.0/16`, size: 24 }];
    const config = this.sandbox.write('pools.json', JSON.stringify({ 'default-address-pools': pools }));
    const daemon = (this.#daemon = spawn(process.execPath, [cliPath, 'daemon', '--host', `unix://${this.socket}`, ...flags], { env: { ...this.sandbox.env, CAISSON_CONFIG_FILE: config }, stdio: ['ignore', 'pipe', 'pipe'] }));
    let said = '';
    daemon.stderr?.on('data', (data: Buffer) => (this.log += data.toString()));
    daemon.stdout?.on('data', (data: Buffer) => (said += data.toString()));
    await untilTrue(() => {
      if (daemon.exitCode !== null) throw new Error(`the daemon ended with ${daemon.exitCode}: ${this.log}`);
      return said.includes('\n');
    });
    return said.trim();
  }

  log = '';

  get pid(): number {
    return this.#daemon?.pid ?? 0;
  }

  /** Resident memory in bytes. */
  get memory(): number {
    const [, kilobytes = '0'] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes) * 1024;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    const daemon = this.#daemon;
    if (!daemon || daemon.exitCode !== null) return daemon?.exitCode ?? null;
    const ended = new Promise<number | null>((resolve) => daemon.once('exit', (code) => resolve(code)));
    daemon.kill(signal);
    return ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    this.sandbox.dispose();
  }
}

/** Debian's dockerd on state of its own, with the same image. */
export async function startDockerd(sandbox: Sandbox, baseTar: string): Promise<{ readonly host: ApiHost; stop(): Promise<void> }> {
  const socket = sandbox.path('dockerd.sock');
  const host = new ApiHost(socket, sandbox.path('dockerd-config'));
  let said = '';
  const start = (): ChildProcess => {
    const child = spawn('dockerd', ['--data-root', sandbox.path('dockerd'), '--exec-root', sandbox.path('dockerd-run'), '-H', `unix://${socket}`, '--pidfile', sandbox.path('dockerd.pid'), '--log-level', 'error'], { stdio: ['ignore', 'ignore', 'pipe'] });
    child.stderr?.on('data', (data: Buffer) => (said += data.toString()));
    return child;
  };
  // Two of them that begin at the same time come into each other's way over docker0: one ends, and has to begin again.
  let daemon = start();
  let starts = 1;
  const answers = () => {
    if (daemon.exitCode !== null && starts++ < 5) daemon = start();
    return host.docker(['version']).code === 0;
  };
  await untilTrue(answers, 100).catch((error: unknown) => {
    throw new Error(`dockerd does not answer: ${said}`, { cause: error });
  });
  host.ok('import', '-c', 'CMD ["/bin/sh"]', baseTar, 'localhost/busybox:1');
  return {
    host,
    async stop() {
      const ids = host.docker(['ps', '-aq']).stdout.split('\n').filter(Boolean);
      if (ids.length > 0) host.docker(['rm', '-f', ...ids]);
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGTERM');
      await ended;
      spawnSync('sh', ['-c', `grep -o '${sandbox.folder}[^ ]*' /proc/self/mountinfo | sort -r | xargs -r -n1 umount -l`]);
    },
  };
}
