import type { Image } from '../../content/image.js';
import type { ImageLayer } from '../image-layers.js';

/** An image's history with its layers; a history that does not fit the layers is passed over. */
export function imageLayers({ manifest, config }: Pick<Image, 'manifest' | 'config'>): ImageLayer[] {
  const history = config.history ?? [];
  const fits = history.filter((step) => !step.empty_layer).length === manifest.layers.length;
  let index = 0;
  return (fits ? history : manifest.layers.map(() => ({}))).map(({ created, created_by = '', comment = '', empty_layer: empty = false }: Partial<(typeof history)[number]>) => {
    const at = Date.parse(created ?? '');
    const place = empty ? undefined : index++;
    const layer = place === undefined ? undefined : manifest.layers[place];
    return {
      index: place,
      empty,
      digest: layer?.digest,
      diffId: place === undefined ? undefined : config.rootfs.diff_ids[place],
      mediaType: layer?.mediaType,
      size: layer?.size ?? 0,
      createdBy: created_by,
      created: Number.isNaN(at) ? undefined : new Date(at),
      comment,
    };
  });
}
