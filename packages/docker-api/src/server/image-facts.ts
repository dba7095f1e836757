import type { Digest, Engine, ImageRecord, ImageSummary } from '@caisson/core';

type Facts = Pick<Required<ImageSummary>, 'bytes'> & Pick<ImageSummary, 'created' | 'labels'>;

/** Images whose facts are remembered. */
const kept = 5000;

/** What lists say of images and a local engine's own list does not: read once of each image, whose documents never change. */
export class ImageFacts {
  readonly #engine: Engine;
  readonly #known = new Map<Digest, Promise<Facts>>();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async describe(image: ImageRecord | ImageSummary): Promise<ImageSummary> {
    if ('bytes' in image && image.bytes !== undefined) return image;
    const { digest } = image.target;
    let facts = this.#known.get(digest);
    if (!facts) {
      facts = this.#read(digest);
      this.#known.set(digest, facts);
      const [oldest] = this.#known.keys();
      if (this.#known.size > kept && oldest !== undefined) this.#known.delete(oldest);
    }
    return { ...image, ...(await facts) };
  }

  /** An image that cannot be read now (its blobs are missing) may be another time. */
  async #read(digest: Digest): Promise<Facts> {
    try {
      const { config, manifest } = await this.#engine.images.get(digest);
      const created = config.created === undefined ? undefined : new Date(config.created);
      const labels = config.config?.Labels;
      return { bytes: manifest.layers.reduce((sum, layer) => sum + layer.size, 0), ...(created && !Number.isNaN(created.getTime()) ? { created } : {}), ...(labels ? { labels } : {}) };
    } catch {
      this.#known.delete(digest);
      return { bytes: 0 };
    }
  }
}
