import type { ContentIngester } from '../../content/content-store.js';
import type { Descriptor } from '../../model/descriptor.js';
import { sha256 } from '../../model/digest.js';
import type { ImageConfig } from '../../model/image-config.js';
import type { Index, Manifest } from '../../model/manifest.js';
import { documentBytes } from '../../model/parse.js';

/** Keeps a manifest, an index or a config in the store. */
export async function putDocument(content: ContentIngester, document: Manifest | Index | ImageConfig, mediaType: string): Promise<Descriptor> {
  const bytes = documentBytes(document);
  const descriptor = { mediaType, digest: sha256(bytes), size: bytes.byteLength };
  await using writer = await content.writer({ ref: descriptor.digest, expected: descriptor });
  await writer.truncate();
  await writer.write(bytes);
  await writer.commit();
  return descriptor;
}
