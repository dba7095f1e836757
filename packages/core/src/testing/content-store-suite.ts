import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import type { ContentStore } from '../content/content-store.js';
import { isCaissonError, type ErrorCode } from '../errors.js';
import { sha256, type Digest } from '../model/digest.js';
import type { Case } from './case.js';

const rejects = (promise: Promise<unknown>, code: ErrorCode) => assert.rejects(promise, (error) => isCaissonError(error, code));

/** What every ContentStore must do. `make` gives a new empty store for each case. */
export function contentStoreSuite(make: () => Promise<ContentStore>): Case[] {
  const cases: Case[] = [];
  const add = (name: string, body: (store: ContentStore) => Promise<void>) => cases.push({ name, run: async () => body(await make()) });

  add('keeps a blob under its digest', async (store) => {
    const data = randomBytes(3 * 1024 * 1024 + 17);
    const digest = await put(store, data);
    assert.equal(digest, sha256(data));
    assert.equal((await store.stat(digest))?.size, data.length);
    assert.deepEqual(await read(store, digest), data);
  });

  add('reads from an offset', async (store) => {
    const data = randomBytes(100_000);
    const digest = await put(store, data);
    assert.deepEqual(await read(store, digest, 99_990), data.subarray(99_990));
    assert.deepEqual(await read(store, digest, 100_000), Buffer.alloc(0));
  });

  add('keeps an empty blob', async (store) => {
    const digest = await put(store, Buffer.alloc(0));
    assert.equal((await store.stat(digest))?.size, 0);
  });

  add('shows nothing of a blob before its commit', async (store) => {
    const data = randomBytes(10_000);
    const writer = await store.writer({ ref: 'half', expected: { digest: sha256(data), size: data.length } });
    await writer.write(data);
    assert.equal(await store.stat(sha256(data)), undefined);
    assert.deepEqual(await Array.fromAsync(store.list()), []);
    await writer.commit();
    assert.equal((await store.stat(sha256(data)))?.size, data.length);
  });

  add('refuses content of another digest, and keeps nothing of it', async (store) => {
    const writer = await store.writer({ ref: 'liar', expected: { digest: sha256('promised'), size: 8 } });
    await writer.write(Buffer.from('delivery'));
    await rejects(writer.commit(), 'digest-mismatch');
    const again = await store.writer({ ref: 'liar', expected: { digest: sha256('promised'), size: 8 } });
    assert.equal(again.offset, 0);
    await again.suspend();
    assert.deepEqual(await Array.fromAsync(store.list()), []);
  });

  add('refuses more bytes than were promised as they come', async (store) => {
    const writer = await store.writer({ ref: 'bomb', expected: { digest: sha256('abc'), size: 3 } });
    await rejects(
      (async () => {
        for (let i = 0; i < 100; i++) await writer.write(Buffer.alloc(1024));
      })(),
      'digest-mismatch',
    );
    await writer.suspend();
  });

  add('refuses fewer bytes than were promised', async (store) => {
    const writer = await store.writer({ ref: 'short', expected: { digest: sha256('abc'), size: 3 } });
    await writer.write(Buffer.from('ab'));
    await rejects(writer.commit(), 'digest-mismatch');
  });

  add('goes on with an unfinished blob', async (store) => {
    const data = randomBytes(4 * 1024 * 1024);
    const expected = { digest: sha256(data), size: data.length };
    const first = await store.writer({ ref: 'resumed', expected });
    await first.write(data.subarray(0, 3 * 1024 * 1024));
    await first.suspend();
    const second = await store.writer({ ref: 'resumed', expected });
    assert.equal(second.offset, 3 * 1024 * 1024);
    await second.write(data.subarray(second.offset));
    assert.equal(await second.commit(), expected.digest);
    assert.deepEqual(await read(store, expected.digest), data);
  });

  add('lets writers of one ref take turns', async (store) => {
    const data = randomBytes(100_000);
    const expected = { digest: sha256(data), size: data.length };
    const first = await store.writer({ ref: 'shared', expected });
    let second: unknown;
    const waiting = store.writer({ ref: 'shared', expected }).then(async (writer) => {
      second = writer;
      await writer.suspend();
    });
    await first.write(data);
    assert.equal(second, undefined);
    await first.commit();
    await waiting;
    assert.deepEqual(await read(store, expected.digest), data);
  });

  add('takes one blob from several writers at once', async (store) => {
    const data = randomBytes(200_000);
    const digests = await Promise.all(Array.from({ length: 8 }, (_, n) => put(store, data, `writer ${n}`)));
    assert.deepEqual(new Set(digests), new Set([sha256(data)]));
    assert.equal((await Array.fromAsync(store.list())).length, 1);
  });

  add('says what it does not have', async (store) => {
    const digest = sha256('nothing');
    assert.equal(await store.stat(digest), undefined);
    await rejects(store.read(digest), 'not-found');
    await rejects(read(store, digest), 'not-found');
    assert.equal(await store.delete(digest), false);
  });

  add('refuses to read a large blob whole', async (store) => {
    const digest = await put(store, Buffer.alloc(5000));
    await rejects(store.read(digest, { maxBytes: 4999 }), 'limit-exceeded');
    assert.equal((await store.read(digest, { maxBytes: 5000 })).length, 5000);
  });

  add('lists and deletes', async (store) => {
    const kept = await put(store, Buffer.from('kept'));
    const gone = await put(store, Buffer.from('gone'));
    assert.equal(await store.delete(gone), true);
    assert.deepEqual((await Array.fromAsync(store.list())).map((blob) => blob.digest), [kept]);
  });

  add('stops reading when it is told to', async (store) => {
    const digest = await put(store, Buffer.alloc(4 * 1024 * 1024));
    const stop = new AbortController();
    await rejects(
      (async () => {
        for await (const _ of store.open(digest, { signal: stop.signal })) stop.abort();
      })(),
      'cancelled',
    );
  });
  return cases;
}

async function put(store: ContentStore, data: Buffer, ref = `put ${data.length} ${sha256(data)}`): Promise<Digest> {
  const writer = await store.writer({ ref });
  for (let at = 0; at < data.length; at += 65_536) await writer.write(data.subarray(at, at + 65_536));
  return writer.commit();
}

async function read(store: ContentStore, digest: Digest, offset = 0): Promise<Buffer> {
  return Buffer.concat(await Array.fromAsync(store.open(digest, { offset })));
}
