import type { ContentStore, Descriptor } from '@caisson/core';

/** Puts a manifest, index or config into the store. */
export async function putDocument(content: ContentStore, descriptor: Descriptor, bytes: Uint8Array): Promise<void> {
  await using writer = await content.writer({ ref: descriptor.digest, expected: descriptor });
  if (await content.stat(descriptor.digest)) return;
  await writer.truncate();
  await writer.write(bytes);
  await writer.commit();
}
