import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentBytes, mediaTypes, sha256, type Descriptor } from '../../src/index.js';
import { MemoryRegistry } from '../../src/testing/index.js';

let registry: MemoryRegistry;
let base: string;
beforeEach(async () => {
  registry = await MemoryRegistry.start();
  base = `http://${registry.host}/v2`;
});
afterEach(() => registry.close());

const content = Buffer.from('0123456789');
const digest = sha256(content);

async function upload(repository: string, bytes: Uint8Array): Promise<Descriptor> {
  const reply = await fetch(`${base}/${repository}/blobs/uploads/?digest=${sha256(bytes)}`, { method: 'POST', body: bytes });
  expect(reply.status).toBe(201);
  return { mediaType: 'application/octet-stream', digest: sha256(bytes), size: bytes.byteLength };
}

describe('blobs', () => {
  test('go in by one POST and come out whole, in ranges, by HEAD', async () => {
    await upload('app', content);
    const url = `${base}/app/blobs/${digest}`;
    expect(await (await fetch(url)).text()).toBe('0123456789');
    const part = await fetch(url, { headers: { range: 'bytes=3-5' } });
    expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([206, 'bytes 3-5/10', '345']);
    expect((await fetch(url, { headers: { range: 'bytes=10-' } })).status).toBe(416);
    expect((await fetch(url, { method: 'HEAD' })).headers.get('content-length')).toBe('10');
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(202);
    expect((await fetch(url)).status).toBe(404);
  });

  test('go in by chunks that must follow one another', async () => {
    const begun = await fetch(`${base}/app/blobs/uploads/`, { method: 'POST' });
    const url = new URL(begun.headers.get('location') ?? '', base);
    const patch = (body: string, range: string) => fetch(url, { method: 'PATCH', body, headers: { 'content-range': range } });
    expect((await patch('01234', '0-4')).headers.get('range')).toBe('0-4');
    expect((await patch('89', '8-9')).status).toBe(416);
    expect((await fetch(url)).headers.get('range')).toBe('0-4');
    expect((await patch('56789', '5-9')).status).toBe(202);
    expect((await fetch(`${url.href}?digest=${digest}`, { method: 'PUT' })).status).toBe(201);
    expect(registry.repository('app').blobs.get(digest)).toEqual(content);
  });

  test('of a wrong digest are refused and dropped', async () => {
    const reply = await fetch(`${base}/app/blobs/uploads/?digest=${digest}`, { method: 'POST', body: 'other' });
    expect(reply.status).toBe(400);
    expect(await reply.json()).toMatchObject({ errors: [{ code: 'DIGEST_INVALID' }] });
    expect(registry.repository('app').uploads.size).toBe(0);
  });

  test('are mounted where the other repository has them', async () => {
    await upload('app', content);
    const mount = (from: string) => fetch(`${base}/copy/blobs/uploads/?mount=${digest}&from=${from}`, { method: 'POST' });
    expect((await mount('nowhere')).status).toBe(202);
    expect((await mount('app')).status).toBe(201);
    expect(registry.repository('copy').blobs.has(digest)).toBe(true);
  });
});

test('a login is asked for in the way that clients know', async () => {
  await using locked = await MemoryRegistry.start({ login: { username: 'ada', password: 'pw' } });
  const reply = await fetch(`http://${locked.host}/v2/`);
  expect([reply.status, reply.headers.get('www-authenticate')]).toEqual([401, 'Basic realm="memory"']);
  const authorization = `Basic ${Buffer.from('ada:pw').toString('base64')}`;
  expect((await fetch(`http://${locked.host}/v2/`, { headers: { authorization } })).status).toBe(200);
});

test.skipIf(spawnSync('skopeo', ['--version']).status !== 0)('skopeo takes it for a registry', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-memory-'));
  const tar = Buffer.alloc(1024);
  const layer = await upload('app', gzipSync(tar));
  const config = documentBytes({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [sha256(tar)] } });
  const manifest = documentBytes({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: { ...(await upload('app', config)), mediaType: mediaTypes.config },
    layers: [{ ...layer, mediaType: mediaTypes.layerGzip }],
  });
  const put = await fetch(`${base}/app/manifests/1`, { method: 'PUT', body: manifest, headers: { 'content-type': mediaTypes.manifest } });
  expect(put.status).toBe(201);
  // The registry answers from this process, so skopeo must not block it.
  const skopeo = (...args: string[]) => promisify(execFile)('skopeo', args);
  await skopeo('copy', '--src-tls-verify=false', '--dest-tls-verify=false', `docker://${registry.host}/app:1`, `docker://${registry.host}/copy:2`);
  await skopeo('copy', '--src-tls-verify=false', `docker://${registry.host}/copy:2`, `dir:${folder}/image`);
  expect(readFileSync(join(folder, 'image/manifest.json'))).toEqual(Buffer.from(manifest));
  const tags = await skopeo('list-tags', '--tls-verify=false', `docker://${registry.host}/copy`);
  expect(JSON.parse(tags.stdout)).toMatchObject({ Tags: ['2'] });
  rmSync(folder, { recursive: true });
});
