import { CaissonError, type ImageComparison, type ImageFile, type ImageFiles, type ImageLayer, type ImageLayers, type StoredImage } from '@caisson/core';

/** What docker's API lets one see of layers: their history. Their files it does not show. */
export abstract class RemoteImageContents implements ImageLayers {
  protected abstract history(nameOrId: string): Promise<StoredImage>;

  async layers(nameOrId: string): Promise<readonly ImageLayer[]> {
    const { config, manifest } = await this.history(nameOrId);
    let place = 0;
    return (config.history ?? []).map((step) => {
      const empty = step.empty_layer ?? false;
      const index = empty ? undefined : place++;
      const layer = index === undefined ? undefined : manifest.layers[index];
      return {
        index,
        empty,
        digest: layer?.digest,
        diffId: index === undefined ? undefined : config.rootfs.diff_ids[index],
        mediaType: layer?.mediaType,
        size: layer?.size ?? 0,
        createdBy: step.created_by ?? '',
        created: step.created === undefined ? undefined : new Date(step.created),
        comment: step.comment ?? '',
      };
    });
  }

  async files(..._: Parameters<ImageLayers['files']>): Promise<ImageFiles> {
    throw unsupported('the files of an image');
  }

  async readFile(..._: Parameters<ImageLayers['readFile']>): Promise<{ readonly file: ImageFile; readonly data: AsyncIterable<Uint8Array> }> {
    throw unsupported('the files of an image');
  }

  async compare(..._: Parameters<ImageLayers['compare']>): Promise<ImageComparison> {
    throw unsupported('what differs between images');
  }
}

function unsupported(what: string): CaissonError {
  return new CaissonError('unsupported', `docker's API does not show ${what}`, { hint: 'save the image and load it into the local engine: caisson save IMAGE | caisson --context default load' });
}
