import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anonymous, CredentialStore, login, logout, RegistryClient, registrySink, registrySource, staticCredentials } from '../../src/index.js';
import { makeCertificates, type Certificates } from '../support/certificates.js';
import { hasDockerRegistry, startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { makeImage } from '../support/image.js';
import { TokenServer } from '../support/token-server.js';
import { pullFrom, pushTo } from '../support/transfer.js';

const user = { username: 'ada', password: 'pass:with:colons' };
/** The name with bcrypt of the password above, the only hash that docker-registry takes. */
const htpasswd = 'ada:$2b$05$h6UIZD9HKHwCn9rm9w3xVeZ4WI28rWJkOO5.7nSm7IlWIUC4tl80u\n';

let certs: Certificates;
beforeAll(() => {
  certs = makeCertificates();
});
afterAll(() => certs.remove());

describe.skipIf(!hasDockerRegistry)('docker-registry with htpasswd', () => {
  let registry: DockerRegistry;
  let home: string;
  beforeAll(async () => {
    registry = await startDockerRegistry({ htpasswd });
    home = mkdtempSync(join(tmpdir(), 'caisson-home-'));
  });
  afterAll(async () => {
    await registry.stop();
    rmSync(home, { recursive: true });
  });

  test('takes an image with the right password and refuses all else in its own words', async () => {
    const image = makeImage({ layers: [2_000_000] });
    const name = `${registry.host}/app:1`;
    await using client = new RegistryClient({ credentials: staticCredentials({ [registry.host]: user }) });
    await pushTo(registrySink(client, name), image);
    expect((await pullFrom(registrySource(client, name))).has(image.root.digest)).toBe(true);
    await using stranger = new RegistryClient({ credentials: anonymous });
    await expect(stranger.manifest(name)).rejects.toMatchObject({
      code: 'unauthorized',
      message: expect.stringContaining('authentication required') as string,
      hint: expect.stringContaining('log in') as string,
    });
    await using wrong = new RegistryClient({ credentials: staticCredentials({ [registry.host]: { ...user, password: 'no' } }) });
    await expect(wrong.manifest(name)).rejects.toMatchObject({ code: 'unauthorized' });
  });

  test('login keeps what was taken where docker, skopeo and we find it; logout forgets it', async () => {
    const env = { HOME: home, DOCKER_CONFIG: join(home, 'docker'), PATH: process.env.PATH };
    const store = new CredentialStore({ env });
    await expect(login(registry.host, { ...user, password: 'no' }, { store })).rejects.toMatchObject({ code: 'unauthorized' });
    expect(await store.get(registry.host)).toBeUndefined();
    await login(registry.host, user, { store });
    expect(statSync(store.path).mode & 0o777).toBe(0o600);
    expect(await store.get(registry.host)).toEqual(user);
    const skopeo = spawnSync('skopeo', ['list-tags', '--tls-verify=false', '--authfile', store.path, `docker://${registry.host}/app`], { encoding: 'utf8' });
    expect(skopeo.stdout).toContain('"1"');
    await using client = new RegistryClient({ env });
    expect(await Array.fromAsync(client.tags(`${registry.host}/app`))).toEqual(['1']);
    expect(await logout(registry.host, { store })).toBe(true);
    expect(await logout(registry.host, { store })).toBe(false);
    expect(JSON.parse(readFileSync(store.path, 'utf8'))).toEqual({ auths: {} });
  });
});

describe.skipIf(!hasDockerRegistry)('docker-registry with tokens', () => {
  let tokens: TokenServer;
  let registry: DockerRegistry;
  let host: string;
  beforeAll(async () => {
    tokens = await TokenServer.start({ key: certs.read(certs.serverKey), cert: certs.read(certs.serverCert), users: { ada: user.password }, anonymousActions: ['pull'] });
    registry = await startDockerRegistry({ token: { realm: tokens.realm, service: TokenServer.service, issuer: TokenServer.issuer, rootcertbundle: certs.ca } });
    host = registry.host;
  });
  afterAll(async () => {
    await registry.stop();
    await tokens[Symbol.asyncDispose]();
  });
  const with_ = (options: Partial<TokenServer['options']> = {}) => {
    tokens.seen.length = 0;
    const { key, cert, users = {} } = tokens.options;
    tokens.options = { key, cert, users, anonymousActions: ['pull'], ...options };
  };

  test('one token serves a push, one a pull by nobody', async () => {
    with_();
    const image = makeImage({ layers: [10, 20, 2_000_000] });
    await using client = new RegistryClient({ credentials: staticCredentials({ [host]: user }) });
    await pushTo(registrySink(client, `${host}/app:1`), image);
    expect(tokens.seen).toHaveLength(1);
    expect(tokens.seen[0]?.scopes).toEqual(['repository:app:pull,push']);
    with_();
    await using stranger = new RegistryClient({ credentials: anonymous });
    expect((await pullFrom(registrySource(stranger, `${host}/app:1`))).size).toBe(5);
    expect(tokens.seen).toHaveLength(1);
    expect(tokens.seen[0]?.authorization).toBeUndefined();
  });

  test('a mount asks for both repositories in one token', async () => {
    with_();
    await using client = new RegistryClient({ credentials: staticCredentials({ [host]: user }) });
    await client.copy(`${host}/app:1`, `${host}/copy:1`);
    expect(tokens.seen.some(({ scopes }) => scopes.includes('repository:copy:pull,push') && scopes.some((scope) => scope.startsWith('repository:app:pull')))).toBe(true);
    expect((await client.manifest(`${host}/copy:1`)).document).toBeDefined();
  });

  test('what a token does not allow is refused', async () => {
    with_();
    await using stranger = new RegistryClient({ credentials: anonymous });
    await expect(pushTo(registrySink(stranger, `${host}/app:2`), makeImage())).rejects.toMatchObject({ code: 'unauthorized' });
    await using wrong = new RegistryClient({ credentials: staticCredentials({ [host]: { ...user, password: 'no' } }) });
    await expect(wrong.manifest(`${host}/app:1`)).rejects.toMatchObject({ code: 'unauthorized', message: expect.stringContaining('wrong name or password') as string });
  });

  test.each([
    ['is renewed before it ends', { expiresIn: 2 }],
    ['is renewed when the registry refuses it, sooner than was told', { expiresIn: 300, endsAfter: 1 }],
  ])('a token that ends in the middle of a transfer %s', async (_, life) => {
    with_(life);
    const image = makeImage({ layers: [2_000_000, 2_000_000] });
    await using client = new RegistryClient({ credentials: staticCredentials({ [host]: user }) });
    const sink = registrySink(client, `${host}/slow:1`);
    for (const descriptor of [...image.manifest.layers, image.manifest.config]) {
      const bytes = image.blobs.get(descriptor.digest) ?? Buffer.alloc(0);
      await sink.putBlob(
        descriptor,
        async function* (offset) {
          for (let at = offset; at < bytes.byteLength; at += 500_000) {
            await sleep(250);
            yield bytes.subarray(at, at + 500_000);
          }
        },
        {},
      );
    }
    await sink.putManifest(image.root, image.bytes, { root: true });
    expect(tokens.seen.length).toBeGreaterThan(1);
    expect((await pullFrom(registrySource(client, `${host}/slow:1`))).has(image.root.digest)).toBe(true);
  });

  test('a server that knows only OAuth2’s POST gets one', async () => {
    with_({ postOnly: true });
    await using client = new RegistryClient({ credentials: staticCredentials({ [host]: user }) });
    expect((await client.manifest(`${host}/app:1`)).document).toBeDefined();
    expect(tokens.seen.map(({ grant }) => grant)).toEqual([undefined, 'password']);
  });

  test('login keeps an identity token instead of the password, and it works', async () => {
    with_();
    const home = mkdtempSync(join(tmpdir(), 'caisson-home-'));
    const store = new CredentialStore({ env: { HOME: home } });
    await login(host, user, { store });
    expect(await store.get(host)).toHaveProperty('identityToken');
    expect(readFileSync(store.path, 'utf8')).not.toContain(Buffer.from(`ada:${user.password}`).toString('base64'));
    tokens.seen.length = 0;
    await using client = new RegistryClient({ credentials: store });
    expect((await client.manifest(`${host}/app:1`)).document).toBeDefined();
    expect(tokens.seen.map(({ grant }) => grant)).toEqual(['refresh_token']);
    rmSync(home, { recursive: true });
  });

  test('many requests at once share one token', async () => {
    with_();
    await using client = new RegistryClient({ credentials: staticCredentials({ [host]: user }) });
    await client.manifest(`${host}/app:1`);
    await Promise.all(Array.from({ length: 10 }, () => client.manifest(`${host}/app:1`)));
    expect(tokens.seen).toHaveLength(1);
  });
});

test('a password is never sent in the open when the registry itself was asked over TLS', async () => {
  const { createServer } = await import('node:https');
  const server = createServer({ cert: certs.read(certs.serverCert), key: certs.read(certs.serverKey) }, (_, response) => {
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="http://tokens.example/token",service="x"' }).end();
  }).listen(0, '127.0.0.1');
  await sleep(50);
  const host = `localhost:${(server.address() as { port: number }).port}`;
  await using client = new RegistryClient({ credentials: staticCredentials({ [host]: user }), hosts: { [host]: { ca: certs.read(certs.ca) } } });
  await expect(client.ping(host)).rejects.toMatchObject({ code: 'denied', message: expect.stringContaining('without TLS') as string });
  server.closeAllConnections();
  server.close();
});
