import { spawn, spawnSync } from 'node:child_process';
import { randomFillSync } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { busyboxRootfs } from '../../scripts/busybox-base.mjs';

const cli = new URL('../../packages/cli/bin/caisson.cjs', import.meta.url).pathname;
const installed = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;

/** Caisson and its peers, each with state of its own below one temporary folder, and the means to time them. */
export class Bench {
  folder = mkdtempSync(join(tmpdir(), 'caisson-bench-'));
  #daemons = [];
  #peers;

  path(...parts) {
    return join(this.folder, ...parts);
  }

  /** name → function from arguments to a command; each has the image `localhost/busybox:1`. */
  async peers() {
    if (this.#peers) return this.#peers;
    const base = this.path('busybox.tar');
    writeFileSync(base, busyboxRootfs());
    const peers = { caisson: (args) => [process.execPath, cli, '--data-root', this.path('caisson'), '--run-root', this.path('caisson-run'), ...args] };
    this.sh(peers.caisson(['import', base, 'localhost/busybox:1']));
    if (installed('dockerd')) {
      const host = `unix://${this.path('docker.sock')}`;
      const daemon = spawn('dockerd', ['--data-root', this.path('docker'), '--exec-root', this.path('docker-run'), '-H', host, '--pidfile', this.path('docker.pid'), '--log-level', 'error'], { stdio: 'ignore' });
      this.#daemons.push(daemon);
      // Debian's own client, where there is one: it speaks to BuildKit without a plugin.
      const client = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
      peers.docker = (args) => ['env', 'DOCKER_BUILDKIT=1', `DOCKER_CONFIG=${this.path('docker-config')}`, client, '-H', host, ...args];
      for (let tries = 0; tries < 100 && spawnSync(...split(peers.docker(['version']))).status !== 0; tries++) await sleep(100);
      this.sh(peers.docker(['import', base, 'localhost/busybox:1']));
    }
    const roots = ['--root', this.path('podman'), '--runroot', this.path('podman-run')];
    if (installed('podman')) {
      // The same OCI runtime as the others; limits that it need not raise, which takes a capability that not every machine gives.
      const limits = ['--ulimit', 'nofile=1024:1024', '--ulimit', 'nproc=1024:1024'];
      peers.podman = ([command, ...args]) => ['podman', ...roots, '--storage-driver', 'overlay', '--runtime', 'runc', command, ...(command === 'run' || command === 'create' ? limits : []), ...args];
      this.sh(peers.podman(['import', base, 'localhost/busybox:1']));
    }
    if (installed('buildah')) peers.buildah = (args) => ['buildah', ...roots, '--storage-driver', 'overlay', ...args];
    return (this.#peers = peers);
  }

  /** Debian's registry on a free port, `localhost:PORT`. */
  async registry() {
    const port = await new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => {
        const { port: free } = server.address();
        server.close(() => resolve(free));
      });
    });
    const config = this.path(`registry-${port}.yml`);
    writeFileSync(config, `version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\nstorage: { filesystem: { rootdirectory: ${this.path(`registry-${port}`)} }, delete: { enabled: true } }\nhttp: { addr: 127.0.0.1:${port} }\n`);
    this.#daemons.push(spawn('docker-registry', ['serve', config], { stdio: 'ignore' }));
    for (let tries = 0; tries < 100; tries++) {
      try {
        if ((await fetch(`http://127.0.0.1:${port}/v2/`)).ok) break;
      } catch {
        await sleep(50);
      }
    }
    return `localhost:${port}`;
  }

  /** Runs a command that must succeed. */
  sh(command, options = {}) {
    const { status, stdout, stderr } = spawnSync(...split(command), { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
    if (status !== 0) throw new Error(`${command.join(' ')}\n${stdout}${stderr}`);
    return stdout.trim();
  }

  /**
   * Times one piece of work for each peer, turn by turn so that what else the machine does falls on all alike, and prints the medians and
   * ours as a ratio to the best. `work` maps a peer's name to a function, or to { before, run, after } of which only `run` is timed.
   */
  async compare(title, work, { rounds = 5, target } = {}) {
    const times = Object.fromEntries(Object.keys(work).map((name) => [name, []]));
    for (let round = 0; round < rounds; round++)
      for (const [name, job] of Object.entries(work)) {
        const { before, run, after } = typeof job === 'function' ? { run: job } : job;
        try {
          await before?.(round);
          const started = performance.now();
          await run(round);
          times[name].push(performance.now() - started);
          await after?.(round);
        } catch (error) {
          console.log(`  ${name}: ${error.message.split('\n').slice(0, 4).join(' | ')}`);
          delete work[name];
        }
      }
    const medians = Object.fromEntries(Object.entries(times).filter(([name, list]) => list.length > 0 && name in work).map(([name, list]) => [name, list.toSorted((a, b) => a - b)[Math.floor(list.length / 2)]]));
    const others = Object.entries(medians).filter(([name]) => name !== 'caisson').map(([, time]) => time);
    const ratio = others.length > 0 && medians.caisson !== undefined ? medians.caisson / Math.min(...others) : undefined;
    console.log(`${title.padEnd(34)} ${Object.entries(medians).map(([name, time]) => `${name} ${format(time)}`.padEnd(20)).join(' ')} ${ratio === undefined ? '' : `ratio ${ratio.toFixed(2)}${target === undefined ? '' : ` (target ${target}${ratio <= target ? '' : ', missed'})`}`}`);
    return medians;
  }

  /** Bytes of memory that a command that must succeed had at most; undefined where the host has no Python to ask. */
  peakMemory([program, ...args]) {
    const script = 'import resource,subprocess,sys; subprocess.run(sys.argv[1:],check=True,stdout=subprocess.DEVNULL); print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)';
    return installed('python3') ? Number(this.sh(['python3', '-c', script, program, ...args])) * 1024 : undefined;
  }

  /** Bytes that a folder takes on the disk. */
  diskUsage(folder) {
    return Number(this.sh(['du', '-sk', folder]).split('\t')[0]) * 1024;
  }

  async dispose() {
    for (const name of ['caisson', 'podman']) {
      const peer = this.#peers?.[name];
      if (!peer) continue;
      spawnSync('sh', ['-c', `${quote(peer(['ps', '-aq']))} | xargs -r ${quote(peer(['rm', '-f']))}`], { stdio: 'ignore' });
      if (name === 'caisson') spawnSync(...split(peer(['network', 'rm', 'bridge'])));
    }
    for (const daemon of this.#daemons) {
      const ended = new Promise((resolve) => daemon.once('exit', resolve));
      daemon.kill('SIGTERM');
      await Promise.race([ended, sleep(10_000)]);
    }
    spawnSync('sh', ['-c', `grep -o '${this.folder}[^ ]*' /proc/self/mountinfo | sort -r | xargs -r -n1 umount -l`]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function split([program, ...args]) {
  return [program, args];
}

const quote = (command) => command.map((word) => `'${word}'`).join(' ');
const format = (ms) => (ms < 1000 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

/** A tree like node_modules: `count` small files of text in nested folders, the same each time. Returns its size in bytes. */
export function manyFiles(folder, count, averageBytes) {
  let seed = 42;
  const random = () => ((seed = (seed * 1103515245 + 12345) & 0x7fffffff) / 0x7fffffff);
  const words = 'const export function return import from module value string number object array undefined null this'.split(' ');
  let total = 0;
  for (let n = 0; n < count; n++) {
    const place = join(folder, `package-${Math.floor(n / 60)}`, `lib-${Math.floor(n / 12) % 5}`);
    if (n % 12 === 0) mkdirSync(place, { recursive: true });
    const size = Math.floor(averageBytes * (0.2 + 1.6 * random() ** 2));
    let text = `// file ${n}\n`;
    while (text.length < size) text += `${words[Math.floor(random() * words.length)]}${Math.floor(random() * 1000)} `;
    writeFileSync(join(place, `file-${n}.js`), text);
    total += text.length;
  }
  return total;
}

/** Files of `megabytes` each, the first half of every megabyte random and the second compressible. */
export function bigFiles(folder, count, megabytes) {
  mkdirSync(folder, { recursive: true });
  const piece = Buffer.alloc(1 << 20, 'a');
  for (let n = 0; n < count; n++) {
    const fd = openSync(join(folder, `blob-${n}`), 'w');
    for (let at = 0; at < megabytes; at++) {
      randomFillSync(piece, 0, 1 << 19);
      writeSync(fd, piece);
    }
    closeSync(fd);
  }
}
