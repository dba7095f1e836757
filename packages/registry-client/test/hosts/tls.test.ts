import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { anonymous, RegistryClient, registrySink, registrySource } from '../../src/index.js';
import { makeCertificates, type Certificates } from '../support/certificates.js';
import { hasDockerRegistry, startDockerRegistry, type DockerRegistry } from '../support/docker-registry.js';
import { makeImage } from '../support/image.js';
import { pullFrom, pushTo } from '../support/transfer.js';

describe.skipIf(!hasDockerRegistry)('docker-registry with TLS of its own authority', () => {
  let certs: Certificates;
  let open: DockerRegistry;
  let strict: DockerRegistry;
  let certsDir: string;
  beforeAll(async () => {
    certs = makeCertificates();
    const tls = { cert: certs.serverCert, key: certs.serverKey };
    open = await startDockerRegistry({ tls });
    strict = await startDockerRegistry({ tls: { ...tls, clientCa: certs.ca } });
    certsDir = mkdtempSync(join(tmpdir(), 'caisson-certs.d-'));
  });
  afterAll(async () => {
    await open.stop();
    await strict.stop();
    certs.remove();
    rmSync(certsDir, { recursive: true });
  });

  test('is trusted by the authority that is given for it', async () => {
    await using client = new RegistryClient({ credentials: anonymous, hosts: { [open.host]: { ca: certs.read(certs.ca) } } });
    const image = makeImage({ layers: [2_000_000] });
    await pushTo(registrySink(client, `${open.host}/app:1`), image);
    expect((await pullFrom(registrySource(client, `${open.host}/app:1`))).has(image.root.digest)).toBe(true);
  });

  test('is not trusted by another authority, though it is on loopback', async () => {
    const other = makeCertificates();
    await using client = new RegistryClient({ credentials: anonymous, hosts: { [open.host]: { ca: other.read(other.ca) } } });
    await expect(client.ping(open.host)).rejects.toMatchObject({
      code: 'unavailable',
      message: expect.stringContaining('is not trusted') as string,
      hint: expect.stringContaining('certs.d') as string,
    });
    other.remove();
  });

  test('is not trusted without authority where nothing says insecure', async () => {
    await using client = new RegistryClient({ credentials: anonymous, hosts: { [open.host]: { insecure: false } } });
    await expect(client.ping(open.host)).rejects.toThrow(/is not trusted/);
  });

  test('is found to speak TLS on loopback, as docker finds it', async () => {
    await using client = new RegistryClient({ credentials: anonymous });
    await client.ping(open.host);
  });

  test('sees the client’s certificate out of certs.d', async () => {
    const folder = join(certsDir, strict.host);
    mkdirSync(folder);
    copyFileSync(certs.ca, join(folder, 'ca.crt'));
    await using without = new RegistryClient({ credentials: anonymous, certsDirs: [certsDir], limits: { retries: 0 } });
    await expect(without.ping(strict.host)).rejects.toMatchObject({ code: 'unavailable' });
    copyFileSync(certs.clientCert, join(folder, 'client.cert'));
    await using keyless = new RegistryClient({ credentials: anonymous, certsDirs: [certsDir] });
    await expect(keyless.ping(strict.host)).rejects.toMatchObject({ code: 'invalid-content', message: expect.stringContaining('has no key') as string });
    copyFileSync(certs.clientKey, join(folder, 'client.key'));
    await using client = new RegistryClient({ credentials: anonymous, certsDirs: [certsDir] });
    await client.ping(strict.host);
  });

  test('plain HTTP where TLS is expected is told', async () => {
    const plain = await startDockerRegistry();
    await using client = new RegistryClient({ credentials: anonymous, hosts: { [plain.host]: { insecure: false } } });
    await expect(client.ping(plain.host)).rejects.toThrow(/does not speak TLS/);
    await plain.stop();
  });
});
