import { CaissonError, type ContentStore, type ImageSink } from '@caisson/core';

/** Takes an image's blobs and documents into a content store, and names nothing. */
export function contentSink(content: ContentStore, name: string): ImageSink {
  return {
    name,
    has: async ({ digest }) => (await content.stat(digest)) !== undefined,
    async putBlob(descriptor, open, { signal }) {
      await using writer = await content.writer({ ref: descriptor.digest, expected: descriptor, ...(signal ? { signal } : {}) });
      await writer.truncate();
      for await (const piece of open(0)) await writer.write(piece);
      await writer.commit();
    },
    async putManifest(descriptor, bytes) {
      if (await content.stat(descriptor.digest)) return;
      await using writer = await content.writer({ ref: descriptor.digest, expected: descriptor });
      await writer.truncate();
      await writer.write(bytes);
      if ((await writer.commit()) !== descriptor.digest) throw new CaissonError('digest-mismatch', `${name} got another manifest than ${descriptor.digest}`);
    },
    finish: () => Promise.resolve(),
  };
}
