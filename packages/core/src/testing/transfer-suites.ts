import assert from 'node:assert/strict';
import { isCaissonError, type ErrorCode } from '../errors.js';
import type { Descriptor } from '../model/descriptor.js';
import { sha256 } from '../model/digest.js';
import { hostPlatform } from '../model/platform.js';
import { copy } from '../transfer/copy.js';
import type { ImageSink, ImageSource } from '../transfer/image-source.js';
import type { Case } from './case.js';
import { memoryImage, memorySource, type MemoryImage } from './memory-image.js';

const rejects = (promise: Promise<unknown>, code: ErrorCode) => assert.rejects(promise, (error) => isCaissonError(error, code));
const whole = async (bytes: AsyncIterable<Uint8Array>) => Buffer.concat(await Array.fromAsync(bytes));
const absent: Descriptor = { mediaType: 'application/vnd.oci.image.layer.v1.tar', digest: sha256('there is no such blob'), size: 20 };
const others = [hostPlatform(), { os: 'linux', architecture: 's390x' }, { os: 'linux', architecture: 'arm', variant: 'v7' }];

/**
 * What every ImageSource must do. `make` puts an image where the source reads, and opens it. `indexes` is false of a kind that has no images for
 * several platforms.
 */
export function imageSourceSuite(make: (image: MemoryImage) => Promise<ImageSource>, { indexes = true }: { indexes?: boolean } = {}): Case[] {
  const cases: Case[] = [];
  const add = (name: string, image: () => MemoryImage, body: (source: ImageSource, image: MemoryImage) => Promise<void>) =>
    cases.push({
      name,
      run: async () => {
        const made = image();
        await body(await make(made), made);
      },
    });

  add('resolves to the root of the image', memoryImage, async (source, { root }) => {
    const { digest, size, mediaType } = await source.resolve();
    assert.deepEqual({ digest, size, mediaType }, { digest: root.digest, size: root.size, mediaType: root.mediaType });
    assert.notEqual(source.name, '');
  });

  add('gives documents as they are', () => memoryImage(indexes ? { platforms: others } : {}), async (source, image) => {
    const root = await source.resolve();
    assert.deepEqual(Buffer.from(await source.document(root)), Buffer.from(image.blobs.get(root.digest) ?? []));
  });

  add('gives blobs whole, and from an offset', memoryImage, async (source, image) => {
    for (const part of image.parts) {
      const bytes = Buffer.from(image.blobs.get(part.digest) ?? []);
      assert.deepEqual(await whole(source.blob(part)), bytes);
      for (const offset of [1, bytes.length - 1]) assert.deepEqual(await whole(source.blob(part, { offset })), bytes.subarray(offset));
    }
  });

  add('says what is not there', memoryImage, async (source) => {
    await rejects(whole(source.blob(absent)), 'not-found');
  });

  add('ends when it is cancelled', () => memoryImage({ layerBytes: [4_000_000] }), async (source, { parts }) => {
    const large = parts.find(({ size }) => size === 4_000_000) ?? absent;
    const abort = new AbortController();
    await assert.rejects(async () => {
      for await (const _ of source.blob(large, { signal: abort.signal })) abort.abort();
    }, (error) => isCaissonError(error, 'cancelled'));
  });

  return cases;
}

export interface SinkHarness {
  readonly sink: ImageSink;
  /** Reads back what has been written under the sink's name. */
  readonly source: () => Promise<ImageSource>;
  /** Another sink for the same place and name. */
  readonly again: () => Promise<ImageSink>;
  /** What has been written cannot be taken back: after a fault the sink takes nothing more, and another one begins anew. */
  readonly onePass?: boolean;
}

/** What every ImageSink must do. `make` gives a new empty place for each case. */
export function imageSinkSuite(make: () => Promise<SinkHarness>): Case[] {
  const cases: Case[] = [];
  const add = (name: string, body: (harness: SinkHarness) => Promise<void>) => cases.push({ name, run: async () => body(await make()) });

  add('keeps what is copied to it', async ({ sink, source }) => {
    const image = memoryImage();
    assert.equal((await copy(memorySource(image), sink)).digest, image.root.digest);
    await holds(await source(), image);
  });

  add('keeps an index with all of its images', async ({ sink, source }) => {
    const image = memoryImage({ platforms: others });
    await copy(memorySource(image), sink, { platforms: 'all' });
    await holds(await source(), image);
  });

  add('is sent nothing that it has', async ({ sink, again, onePass }) => {
    const image = memoryImage();
    await copy(memorySource(image), sink);
    const second = memorySource(image);
    await copy(second, onePass ? sink : await again());
    assert.deepEqual([...second.reads], []);
  });

  add('has what it was given, and nothing else', async ({ sink }) => {
    const { parts, blobs } = memoryImage();
    const [part = absent] = parts;
    assert.equal(await sink.has(part), false);
    await sink.putBlob(part, (offset) => memoryBytes(blobs.get(part.digest), offset), {});
    assert.equal(await sink.has(part), true);
    assert.equal(await sink.has(absent), false);
  });

  add('refuses bytes that are not what the descriptor promises, and keeps nothing of them', async ({ sink, onePass }) => {
    const { parts, blobs } = memoryImage();
    const [part = absent] = parts;
    const wrong = Buffer.from(blobs.get(part.digest) ?? []);
    wrong[0] = (wrong[0] ?? 0) ^ 1;
    await rejects(sink.putBlob(part, (offset) => memoryBytes(wrong, offset), {}), 'digest-mismatch');
    assert.equal(await sink.has(part), false);
    const again = sink.putBlob(part, (offset) => memoryBytes(blobs.get(part.digest), offset), {});
    if (onePass) return rejects(again, 'digest-mismatch');
    await again;
    assert.equal(await sink.has(part), true);
  });

  add('passes a fault of the source on', async ({ sink }) => {
    const { parts, blobs } = memoryImage();
    const large = parts.find(({ size }) => size === 300_000) ?? absent;
    const failing = async function* (): AsyncGenerator<Uint8Array, void> {
      yield (blobs.get(large.digest) ?? new Uint8Array()).subarray(0, 1000);
      throw new Error('the source failed');
    };
    await assert.rejects(sink.putBlob(large, failing, {}), /the source failed/);
    assert.equal(await sink.has(large), false);
  });

  add('tells how much has arrived', async ({ sink }) => {
    const { parts, blobs } = memoryImage();
    const large = parts.find(({ size }) => size === 300_000) ?? absent;
    const seen: number[] = [];
    await sink.putBlob(large, (offset) => memoryBytes(blobs.get(large.digest), offset), { onBytes: (count) => seen.push(count) });
    assert.equal(seen.at(-1), large.size);
    assert.deepEqual(seen, seen.toSorted((a, b) => a - b));
  });

  return cases;
}

async function* memoryBytes(bytes: Uint8Array | undefined, offset: number): AsyncGenerator<Uint8Array, void> {
  const rest = (bytes ?? new Uint8Array()).subarray(offset);
  for (let at = 0; at < rest.byteLength; at += 65_536) yield rest.subarray(at, at + 65_536);
}

async function holds(source: ImageSource, image: MemoryImage): Promise<void> {
  assert.equal((await source.resolve()).digest, image.root.digest);
  for (const part of image.parts) assert.deepEqual(await whole(source.blob(part)), Buffer.from(image.blobs.get(part.digest) ?? []));
}
