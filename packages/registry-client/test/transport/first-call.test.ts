import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { anonymous, RegistryClient, staticCredentials } from '../../src/index.js';

const digest = `sha256:${'0'.repeat(64)}`;
const manifest = { 'content-type': 'application/vnd.oci.image.manifest.v1+json', 'docker-content-digest': digest, 'content-length': '100' };

/** How a host is spoken to is told by the first call itself, where that may be made twice. */
describe('the first call to a host on loopback', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];
  const seen: string[] = [];
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve));
    seen.length = 0;
  });

  async function host(listener: RequestListener, tls?: { cert: string; key: string }): Promise<string> {
    const noting: RequestListener = (request, response) => {
      seen.push(`${tls ? 'https' : 'http'} ${request.method ?? ''} ${request.url ?? ''} ${request.headers.authorization?.split(' ')[0] ?? '-'}`);
      listener(request, response);
    };
    const server = tls ? createTlsServer(tls, noting) : createServer(noting);
    servers.push(server);
    server.on('connection', (socket: Socket) => void sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  test('is all that a question takes', async () => {
    const at = await host((_, response) => response.writeHead(200, manifest).end());
    await using client = new RegistryClient({ credentials: anonymous });
    expect((await client.resolve(`${at}/app:1`))?.digest).toBe(digest);
    expect(seen).toEqual(['http HEAD /v2/app/manifests/1 -']);
  });

  test('is asked again with the credentials that its answer wants', async () => {
    const at = await host(({ headers }, response) => (headers.authorization ? response.writeHead(200, manifest) : response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' })).end());
    await using client = new RegistryClient({ credentials: staticCredentials({ [at]: { username: 'user', password: 'secret' } }) });
    expect((await client.resolve(`${at}/app:1`))?.digest).toBe(digest);
    expect(seen).toEqual(['http HEAD /v2/app/manifests/1 -', 'http HEAD /v2/app/manifests/1 Basic']);
  });

  test('answers one of several that come at once', async () => {
    const at = await host((_, response) => response.writeHead(200, manifest).end());
    await using client = new RegistryClient({ credentials: anonymous });
    const found = await Promise.all(['1', '2', '3'].map((tag) => client.resolve(`${at}/app:${tag}`)));
    expect(found.map((descriptor) => descriptor?.digest)).toEqual([digest, digest, digest]);
    expect(seen.toSorted()).toEqual(['http HEAD /v2/app/manifests/1 -', 'http HEAD /v2/app/manifests/2 -', 'http HEAD /v2/app/manifests/3 -']);
  });

  test('is made anew by TLS where plain HTTP is a bad request', async () => {
    const at = await host(({ method }, response) => response.writeHead(200, method === 'HEAD' ? manifest : {}).end(), certificate());
    await using client = new RegistryClient({ credentials: anonymous });
    expect((await client.resolve(`${at}/app:1`))?.digest).toBe(digest);
    expect(seen).toEqual(['https GET /v2/ -', 'https HEAD /v2/app/manifests/1 -']);
  });

  test('is not made for a change before it is known how', async () => {
    const at = await host(({ method }, response) => response.writeHead(method === 'GET' ? 200 : 202, { location: '/v2/app/blobs/uploads/1' }).end());
    await using client = new RegistryClient({ credentials: anonymous });
    await client.deleteTag(`${at}/app:1`);
    expect(seen).toEqual(['http GET /v2/ -', 'http DELETE /v2/app/manifests/1 -']);
  });

  test('whose answer says bad request is asked again as usual, and its answer told', async () => {
    const at = await host((_, response) => response.writeHead(400, { 'content-type': 'application/json' }).end('{"errors":[{"code":"NAME_INVALID","message":"no such names here"}]}'));
    await using client = new RegistryClient({ credentials: anonymous });
    await expect(client.manifest(`${at}/app:1`)).rejects.toThrow(/no such names here/);
  });
});

/** Signed by itself, with a key that takes no time to make. */
function certificate(): { cert: string; key: string } {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-first-call-'));
  const [cert, key] = [join(folder, 'cert'), join(folder, 'key')];
  try {
    execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-keyout', key, '-out', cert], { stdio: 'pipe' });
    return { cert: readFileSync(cert, 'utf8'), key: readFileSync(key, 'utf8') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
