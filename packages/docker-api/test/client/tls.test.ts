import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ApiClient, parseEndpoint, type TlsMaterial } from '../../src/client/index.js';

const openssl = spawnSync('openssl', ['version']).status === 0;

describe.runIf(openssl)('TLS on both sides', () => {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-tls-'));
  const read = (name: string) => readFileSync(join(folder, name));
  let server: Server;
  let port = 0;
  beforeAll(async () => {
    const run = (...args: string[]) => expect(spawnSync('openssl', args, { cwd: folder })).toMatchObject({ status: 0 });
    run('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=ca');
    for (const name of ['server', 'client']) {
      run('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1');
      run('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-out', `${name}.pem`, '-days', '2', '-copy_extensions', 'copy');
    }
    server = createServer({ ca: read('ca.pem'), cert: read('server.pem'), key: read('server-key.pem'), requestCert: true, rejectUnauthorized: true }, (_request, response) => {
      response.setHeader('Api-Version', '1.43');
      response.end('[]');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => {
    server?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const ask = async (tls: TlsMaterial | undefined, host = '127.0.0.1') => {
    await using client = new ApiClient(parseEndpoint(`tcp://${host}:${port}`, tls));
    return [(await client.handshake()).version, await client.call<unknown>({ path: '/containers/json' })];
  };
  const own = () => ({ ca: read('ca.pem'), cert: read('client.pem'), key: read('client-key.pem') });

  it('is spoken with the certificates that are asked for', async () => {
    expect(await ask(own())).toEqual(['1.43', []]);
  });

  it('fails in one line without one, with one that is not trusted, and in the clear', async () => {
    await expect(ask({ ca: read('ca.pem') })).rejects.toThrow(/^[^\n]+$/);
    await expect(ask({ cert: read('client.pem'), key: read('client-key.pem') })).rejects.toThrow(/^TLS with tcp:\/\/127\.0\.0\.1:\d+ failed: [^\n]*$/);
    await expect(ask({ ...own(), serverName: 'elsewhere' })).rejects.toThrow(/TLS with .* failed/);
    await expect(ask(undefined)).rejects.toThrow(/^[^\n]+$/);
  });

  it('takes any host where it is told not to ask', async () => {
    expect(await ask({ cert: read('client.pem'), key: read('client-key.pem'), skipVerify: true })).toEqual(['1.43', []]);
  });
});
