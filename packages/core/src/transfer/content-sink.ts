import type { ContentStore } from '../content/content-store.js';
import type { Descriptor } from '../model/descriptor.js';
import type { ImageSink } from './image-source.js';

export interface ContentSinkOptions {
  /** Told of each blob that was asked for, so that a lease can keep it. */
  readonly hold?: (digest: Descriptor['digest']) => void;
  /** Gives the image its name, once all of it is there. Default: none is given. */
  readonly finish?: ImageSink['finish'];
}

/** Takes an image's blobs and documents into a content store. */
export function contentSink(content: ContentStore, name: string, { hold, finish = () => Promise.resolve() }: ContentSinkOptions = {}): ImageSink {
  return {
    name,
    async has({ digest }) {
      hold?.(digest);
      return (await content.stat(digest)) !== undefined;
    },
    async putBlob(descriptor, open, { signal, onBytes }) {
      // The ref is the digest: a second process that wants the same blob waits here for the first one's, and then finds it.
      await using writer = await content.writer({ ref: descriptor.digest, expected: descriptor, ...(signal ? { signal } : {}) });
      if (await content.stat(descriptor.digest)) {
        await writer.truncate();
        return;
      }
      let count = writer.offset;
      onBytes?.(count);
      if (count < descriptor.size || count === 0)
        for await (const piece of open(count)) {
          await writer.write(piece);
          onBytes?.((count += piece.byteLength));
        }
      await writer.commit();
    },
    async putManifest(descriptor, bytes, { signal }) {
      hold?.(descriptor.digest);
      await using writer = await content.writer({ ref: descriptor.digest, expected: descriptor, ...(signal ? { signal } : {}) });
      if (await content.stat(descriptor.digest)) return;
      await writer.truncate();
      await writer.write(bytes);
      await writer.commit();
    },
    finish,
  };
}
