import { chmodSync, linkSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LayoutStore } from '../../src/content/layout-store.js';
import { sha256 } from '../../src/model/digest.js';
import { contentStoreSuite } from '../../src/testing/index.js';

const folder = mkdtempSync(join(tmpdir(), 'caisson-store-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
let count = 0;
const make = async () => new LayoutStore(join(folder, String(count++)));

describe('LayoutStore', () => {
  for (const { name, run } of contentStoreSuite(make)) it(name, run);

  it('is an OCI image layout', async () => {
    const store = await make();
    expect(JSON.parse(readFileSync(join(store.root, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' });
    expect(JSON.parse(readFileSync(join(store.root, 'index.json'), 'utf8'))).toEqual({ schemaVersion: 2, manifests: [] });
  });

  it('notices a document that was damaged on disk', async () => {
    const store = await make();
    const writer = await store.writer({ ref: 'x' });
    await writer.write(Buffer.from('{"a":1}'));
    const digest = await writer.commit();
    chmodSync(store.pathOf(digest), 0o600);
    writeFileSync(store.pathOf(digest), '{"a":2}');
    await expect(store.read(digest)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('leaves a blob alone whose writer died right after it had published it', async () => {
    const store = await make();
    const data = Buffer.from('whole');
    const expected = { digest: sha256(data), size: data.length };
    const writer = await store.writer({ ref: 'published', expected });
    await writer.write(data);
    const [name = ''] = readdirSync(join(store.root, 'ingest')).filter((entry) => !entry.endsWith('.lock'));
    await writer.commit();
    // What a kill leaves between the two steps of publishing: both names of one file.
    linkSync(store.pathOf(expected.digest), join(store.root, 'ingest', name));
    for (const again of [{ ref: 'published', expected }, { ref: 'published' }]) {
      await using next = await store.writer(again);
      await next.truncate();
    }
    expect(Buffer.from(await store.read(expected.digest)).toString()).toBe('whole');
  });

  it('takes over from a writer that died, even in the middle of a byte range', async () => {
    const store = await make();
    const data = Buffer.alloc(3 * 1024 * 1024, 7);
    const expected = { digest: sha256(data), size: data.length };
    const dead = await store.writer({ ref: 'dead', expected });
    await dead.write(data.subarray(0, 2 * 1024 * 1024));
    // What a kill leaves: the file as far as it came, and a lock whose holder is gone.
    const [name = ''] = readdirSync(join(store.root, 'ingest')).filter((entry) => !entry.endsWith('.lock'));
    const path = join(store.root, 'ingest', name);
    writeFileSync(`${path}.lock`, JSON.stringify({ pid: 2 ** 22 - 1, started: 1, boot: 'another boot' }));
    truncateSync(path, 1_500_001);
    const writer = await store.writer({ ref: 'dead', expected });
    expect(writer.offset).toBe(1_500_001);
    await writer.write(data.subarray(writer.offset));
    expect(await writer.commit()).toBe(expected.digest);
  });

  it('adopts a staged file', async () => {
    const store = await make();
    const path = store.stagingPath();
    writeFileSync(path, 'staged');
    await store.adopt(path, sha256('staged'));
    expect(Buffer.from(await store.read(sha256('staged'))).toString()).toBe('staged');
    expect(readdirSync(join(store.root, 'ingest'))).toEqual([]);
  });
});
