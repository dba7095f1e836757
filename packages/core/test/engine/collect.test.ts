import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseImageStore, LayoutStore, StateDatabase, collect, documentBytes, mediaTypes, parseReference, sha256, takeLease, type Digest, type Manifest, type Snapshotter, type SnapshotInfo } from '../../src/index.js';

const old = new Date(Date.now() - 3_600_000);

describe('collect', () => {
  let folder: string;
  let db: StateDatabase;
  let content: LayoutStore;
  let images: DatabaseImageStore;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisson-collect-'));
    db = new StateDatabase(join(folder, 'state.db'));
    content = new LayoutStore(join(folder, 'content'));
    images = new DatabaseImageStore(db, join(content.root, 'index.json'));
  });
  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const put = async (data: string | Uint8Array): Promise<{ digest: Digest; size: number }> => {
    await using writer = await content.writer({ ref: String(data) });
    const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
    await writer.write(bytes);
    return { digest: await writer.commit(), size: bytes.byteLength };
  };
  const image = async (layer: string) => {
    const blob = await put(layer);
    const config = await put(documentBytes({ os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [sha256(`diff ${layer}`)] } }));
    const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: { mediaType: mediaTypes.config, ...config }, layers: [{ mediaType: mediaTypes.layerGzip, ...blob }] };
    return { target: { mediaType: mediaTypes.manifest, ...(await put(documentBytes(manifest))) }, id: config.digest, layer: blob.digest };
  };
  const count = async () => (await Array.fromAsync(content.list())).length;

  it('keeps what an image needs and takes the rest', async () => {
    const kept = await image('kept');
    await images.put(kept, [parseReference('kept:1')]);
    await put('nothing needs this');
    expect(await collect({ db, content })).toBe('nothing needs this'.length);
    expect(await count()).toBe(3);
    await images.remove(kept.target.digest);
    await collect({ db, content });
    expect(await count()).toBe(0);
  });

  it('keeps what the build cache has', async () => {
    const { digest } = await put('cached layer');
    db.run("INSERT INTO build_cache VALUES ('k', '{}', 1, '', 1, 1, 1)");
    db.run("INSERT INTO build_cache_blobs VALUES ('k', ?)", digest);
    await collect({ db, content });
    expect(await count()).toBe(1);
  });

  it('keeps what came during a lease, and what one holds', async () => {
    const { utimesSync } = await import('node:fs');
    const held = await put('held');
    const loose = await put('loose');
    for (const { digest } of [held, loose]) utimesSync(content.pathOf(digest), old, old);
    const lease = takeLease(db);
    lease.hold(held.digest);
    await put('new');
    await collect({ db, content });
    expect(await content.stat(loose.digest)).toBeUndefined();
    expect(await count()).toBe(2);
    lease[Symbol.dispose]();
    await collect({ db, content });
    expect(await count()).toBe(0);
  });

  it('removes nothing when an image cannot be read', async () => {
    const broken = await image('broken');
    await images.put(broken, [parseReference('broken:1')]);
    await put('innocent');
    rmSync(content.pathOf(broken.target.digest));
    writeFileSync(content.pathOf(broken.target.digest), '{');
    await expect(collect({ db, content })).rejects.toThrow(/damaged/);
    expect(await count()).toBe(4);
  });

  it('takes snapshots from the top down, and keeps those of images and those below active ones', async () => {
    const kept = await image('kept');
    await images.put(kept, [parseReference('kept:1')]);
    const needed = sha256('diff kept');
    const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => sha256(name)) as [Digest, Digest, Digest, Digest];
    const all = new Map<string, SnapshotInfo>();
    const add = (name: string, kind: SnapshotInfo['kind'], parent?: Digest) => all.set(name, { name, kind, created: old, ...(parent ? { parent } : {}) });
    add(needed, 'committed');
    add(a, 'committed');
    add(b, 'committed', a);
    add(c, 'committed', b);
    add(d, 'committed', a);
    add('container', 'active', d);
    const snapshotter: Pick<Snapshotter, 'list' | 'usage' | 'remove'> = {
      async *list() {
        yield* [...all.values()];
      },
      usage: async (name) => {
        if (!all.has(name)) throw new Error(`there is no ${name}`);
        return { bytes: 10, inodes: 1 };
      },
      remove: async (name) => {
        if ([...all.values()].some((other) => other.parent === name)) throw new Error(`${name} is in use`);
        all.delete(name);
      },
    };
    expect(await collect({ db, content, snapshotter: snapshotter as Snapshotter })).toBe(20);
    expect([...all.keys()]).toEqual([needed, a, d, 'container']);
  });
});
