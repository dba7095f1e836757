import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { OwnNetwork, ownLink } from './own-network.js';
import { cliPath } from './support.js';

let bridges = 0;

export function installed(program: string): boolean {
  return spawnSync('which', [program], { stdio: 'ignore' }).status === 0;
}

/** A server of docker's API with a data root of its own, on a socket. Disposing ends it and leaves nothing. */
export class Host implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'caisson-host-'));
  readonly socket = join(this.folder, 's.sock');
  readonly #log: string[] = [];
  #child: ChildProcess | undefined;
  #bridge: string | undefined;
  #network: OwnNetwork | undefined;

  /** Debian's dockerd. */
  static async dockerd(): Promise<Host> {
    const host = new Host();
    // A bridge of its own: there is but one docker0, which another dockerd may have.
    const bridge = ownLink(`dk${bridges++}`);
    host.#bridge = bridge;
    host.#network = new OwnNetwork();
    spawnSync('ip', ['link', 'add', bridge, 'type', 'bridge']);
    spawnSync('ip', ['addr', 'add', `${host.#network.prefix}.0.1/24`, 'dev', bridge]);
    spawnSync('ip', ['link', 'set', bridge, 'up']);
    await host.#start('dockerd', ['-H', `unix://${host.socket}`, '--data-root', join(host.folder, 'data'), '--exec-root', join(host.folder, 'exec'), '-p', join(host.folder, 'pid'), '--bridge', bridge, '--iptables=false', '--ip-masq=false', '-l', 'error']);
    return host;
  }

  static async podman(): Promise<Host> {
    const host = new Host();
    const roots = ['--root', join(host.folder, 'data'), '--runroot', join(host.folder, 'run'), '--runtime', 'runc', '--cgroup-manager', 'cgroupfs', '--events-backend', 'file', '--network-config-dir', join(host.folder, 'networks')];
    await host.#start('podman', [...roots, 'system', 'service', '-t', '0', `unix://${host.socket}`]);
    return host;
  }

  /** Caisson's own daemon, as built. */
  static async caisson(): Promise<Host> {
    const host = new Host();
    await host.#start(process.execPath, [cliPath, '--data-root', join(host.folder, 'data'), '--run-root', join(host.folder, 'run'), 'daemon', '--host', `unix://${host.socket}`]);
    return host;
  }

  async #start(program: string, args: readonly string[]): Promise<void> {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => this.#log.push(text));
    for (let tries = 0; tries < 1000; tries++) {
      if (child.exitCode !== null) throw new Error(`${program} ended with ${child.exitCode}:\n${this.#log.join('')}`);
      if (existsSync(this.socket) && (await answers(this.socket))) return;
      await sleep(100);
    }
    throw new Error(`${program} does not answer:\n${this.#log.join('')}`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      const patience = setTimeout(() => child.kill('SIGKILL'), 15_000);
      await ended;
      clearTimeout(patience);
    }
    if (this.#bridge !== undefined) spawnSync('ip', ['link', 'del', this.#bridge]);
    this.#network?.[Symbol.dispose]();
    const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n').map((line) => line.split(' ')[1] ?? '').filter((path) => path.startsWith(this.folder));
    for (const path of mounts.reverse()) spawnSync('umount', ['-l', path]);
    // Monitors of containers that have just ended may still write there.
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path).on('error', () => resolve(false));
    socket.on('connect', () => socket.write('GET /_ping HTTP/1.0\r\n\r\n')).on('data', () => {
      socket.destroy();
      resolve(true);
    });
  });
}
