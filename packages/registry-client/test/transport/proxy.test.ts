import { expect, test } from 'vitest';
import { anonymous, RegistryClient } from '../../src/index.js';
import { proxyFor } from '../../src/transport/proxy.js';

const proxy = 'http://proxy.example:3128';

test.each([
  ['https://ghcr.io/v2/', { HTTPS_PROXY: proxy }, proxy],
  ['https://ghcr.io/v2/', { https_proxy: 'proxy.example:3128' }, proxy],
  ['https://ghcr.io/v2/', { HTTP_PROXY: proxy }, undefined],
  ['http://ghcr.io/v2/', { HTTP_PROXY: proxy }, proxy],
  ['https://ghcr.io/v2/', { HTTPS_PROXY: proxy, NO_PROXY: '*' }, undefined],
  ['https://ghcr.io/v2/', { HTTPS_PROXY: proxy, NO_PROXY: 'quay.io, ghcr.io' }, undefined],
  ['https://a.ghcr.io/v2/', { HTTPS_PROXY: proxy, NO_PROXY: 'ghcr.io' }, undefined],
  ['https://a.ghcr.io/v2/', { HTTPS_PROXY: proxy, NO_PROXY: '.ghcr.io' }, undefined],
  ['https://a.ghcr.io/v2/', { HTTPS_PROXY: proxy, NO_PROXY: '*.ghcr.io' }, undefined],
  ['https://notghcr.io/v2/', { HTTPS_PROXY: proxy, NO_PROXY: 'ghcr.io' }, proxy],
  ['https://ghcr.io:444/v2/', { HTTPS_PROXY: proxy, NO_PROXY: 'ghcr.io:443' }, proxy],
  ['https://ghcr.io/v2/', { HTTPS_PROXY: proxy, NO_PROXY: 'ghcr.io:443' }, undefined],
  ['https://10.1.2.3:5000/v2/', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, undefined],
  ['https://11.1.2.3:5000/v2/', { HTTPS_PROXY: proxy, NO_PROXY: '10.0.0.0/8' }, proxy],
  ['https://[fd00::1]/v2/', { HTTPS_PROXY: proxy, NO_PROXY: 'fd00::/8' }, undefined],
  ['http://127.0.0.1:5000/v2/', { HTTP_PROXY: proxy }, undefined],
  ['http://localhost:5000/v2/', { HTTP_PROXY: proxy }, undefined],
])('%s with %j', (url, env, expected) => {
  expect(proxyFor(new URL(url), env)).toBe(expected);
});

test('a proxy that is no URL is refused without quoting it', () => {
  expect(() => proxyFor(new URL('https://ghcr.io/'), { HTTPS_PROXY: 'socks5://user:secret@host' })).toThrow(/HTTPS_PROXY is no http or https URL/);
});

test('a proxy that is not there is named, without its credentials', async () => {
  await using client = new RegistryClient({ credentials: anonymous, hosts: {}, env: { HTTPS_PROXY: 'http://user:secret@127.0.0.1:1' }, limits: { retries: 0 } });
  const fault = await client.resolve('ghcr.io/acme/app:1').catch((error: unknown) => error);
  expect(fault).toMatchObject({ code: 'unavailable', message: 'nothing answers at the proxy 127.0.0.1:1, which requests to ghcr.io go through' });
  expect(JSON.stringify(fault)).not.toContain('secret');
});
