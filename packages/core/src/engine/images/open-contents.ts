import type { ImageContents, LayerProvider } from './image-contents.js';

/** The files of images whose layers come from elsewhere than the store. Its code is loaded when it is first wanted. */
export async function openImageContents(layers: LayerProvider): Promise<ImageContents> {
  const { ImageContents: Contents } = await import('./image-contents.js');
  return new Contents(layers);
}
