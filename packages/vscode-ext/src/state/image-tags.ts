import { familiarReference, parseReference } from '@caisson/core';
import type { App } from '../app.js';
import type { ImageTag } from '../language-server/protocol.js';

/** Names of local images for completion: what is known already. Completion alone opens no engine. */
export async function imageTags(app: App): Promise<readonly ImageTag[]> {
  if (app.connection.state.kind !== 'open') return [];
  const images = await app.inventory.images.need();
  return images.flatMap((image) =>
    image.names.map((name) => ({
      reference: familiarReference(parseReference(name)),
      digest: image.target.digest,
      ...(image.bytes === undefined ? {} : { size: image.bytes }),
      ...(image.created === undefined ? {} : { created: image.created.toISOString() }),
    })),
  );
}
