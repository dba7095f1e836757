import { spawn, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync, readdirSync, statSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

export interface DockerRegistry {
  /** `127.0.0.1:port` or, with TLS, `localhost:port`. */
  readonly host: string;
  readonly port: number;
  /** Its own folder: `data` holds what it stores. */
  readonly folder: string;
  stop(): Promise<void>;
}

export interface DockerRegistryOptions {
  readonly tls?: { readonly cert: string; readonly key: string; readonly clientCa?: string };
  /** Lines of an htpasswd file with bcrypt hashes. */
  readonly htpasswd?: string;
  readonly token?: { readonly realm: string; readonly service: string; readonly issuer: string; readonly rootcertbundle: string };
  readonly upstream?: string;
}

export const hasDockerRegistry = (() => {
  try {
    execFileSync('docker-registry', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

/** Debian's docker-registry on a free port of loopback, with a folder of its own. */
export async function startDockerRegistry(options: DockerRegistryOptions = {}): Promise<DockerRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-registry-'));
  const port = await freePort();
  const config: Record<string, unknown> = {
    version: '0.1',
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') }, delete: { enabled: true } },
    http: {
      addr: `127.0.0.1:${port}`,
      secret: 'a secret of this test',
      ...(options.tls
        ? {
            tls: {
              certificate: options.tls.cert,
              key: options.tls.key,
              ...(options.tls.clientCa === undefined ? {} : { clientcas: [options.tls.clientCa] }),
            },
          }
        : {}),
    },
  };
  if (options.htpasswd !== undefined) {
    writeFileSync(join(folder, 'htpasswd'), options.htpasswd);
    config.auth = { htpasswd: { realm: 'test', path: join(folder, 'htpasswd') } };
  }
  if (options.token) config.auth = { token: options.token };
  if (options.upstream !== undefined) config.proxy = { remoteurl: options.upstream };
  writeFileSync(join(folder, 'config.yml'), JSON.stringify(config));
  const child = spawn('docker-registry', ['serve', join(folder, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env.PATH, OTEL_TRACES_EXPORTER: 'none' },
  });
  let log = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (log += text));
  const ended = once(child, 'exit');
  for (let tries = 0; ; tries++) {
    if (child.exitCode !== null || tries > 200) throw new Error(`docker-registry did not start: ${log}`);
    if (await answers(port, options.tls !== undefined)) break;
    await sleep(25);
  }
  return {
    host: `${options.tls ? 'localhost' : '127.0.0.1'}:${port}`,
    port,
    folder,
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

async function answers(port: number, tls: boolean): Promise<boolean> {
  if (!tls) return fetch(`http://127.0.0.1:${port}/v2/`).then((reply) => reply.body?.cancel().then(() => true) ?? true, () => false);
  const { connect } = await import('node:net');
  const socket = connect(port, '127.0.0.1');
  const open = await Promise.race([once(socket, 'connect').then(() => true, () => false), sleep(500, false)]);
  socket.destroy();
  return open;
}

/** Every file below a folder, for looking at what a registry has kept. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
}
