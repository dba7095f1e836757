import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { anonymous, RegistryClient } from '../../src/index.js';
import { makeCertificates } from '../support/certificates.js';

// In a file of its own: Node reads the system's authorities once a process.
test('an authority that the operating system trusts is trusted', async () => {
  const certs = makeCertificates();
  process.env.SSL_CERT_FILE = certs.ca;
  const server = createServer({ cert: certs.read(certs.serverCert), key: certs.read(certs.serverKey) }, (_, response) => response.end('{}')).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `localhost:${(server.address() as AddressInfo).port}`;
  await using client = new RegistryClient({ credentials: anonymous, hosts: { [host]: { insecure: false } } });
  await client.ping(host);
  await expect(client.ping(host)).resolves.toBeUndefined();
  server.closeAllConnections();
  server.close();
  certs.remove();
});
