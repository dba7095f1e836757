import { CaissonError, formatPlatform, type ImageComparison, type ImageFile, type ImageFiles, type ImageLayer, type ImageLayers, type OnePlatform, type StoredImage } from '@caisson/core';
import type { Answer } from '../answer.js';
import type { ApiClient, QueryValue } from '../api-client.js';

type InLayer = OnePlatform & { readonly layer?: number };

/** What is in images. docker's API shows their history alone; a host that runs Caisson shows all of it. */
export abstract class RemoteImageContents implements ImageLayers {
  protected readonly client: ApiClient;

  constructor(client: ApiClient) {
    this.client = client;
  }

  protected abstract history(nameOrId: string): Promise<StoredImage>;

  async layers(nameOrId: string, options: OnePlatform = {}): Promise<readonly ImageLayer[]> {
    if (!(await this.client.handshake(options.signal)).caisson) return layersOf(await this.history(nameOrId));
    const layers = await this.#get<ImageLayer[]>(`images/${name(nameOrId)}/layers`, options, {});
    return layers.map((layer) => ({ ...layer, created: layer.created === undefined ? undefined : new Date(layer.created) }));
  }

  async files(nameOrId: string, options: InLayer = {}): Promise<ImageFiles> {
    await this.#needCaisson('the files of an image', options);
    const folder = (path: string) => this.#get<{ totals: ImageFiles['totals']; files: ImageFile[] }>(`images/${name(nameOrId)}/files`, options, { path, layer: options.layer });
    const { totals } = await folder('');
    return { totals, children: async (path) => (await folder(path)).files.map(withDate) };
  }

  async readFile(nameOrId: string, path: string, options: InLayer = {}): Promise<{ readonly file: ImageFile; readonly data: AsyncIterable<Uint8Array> }> {
    await this.#needCaisson('the files of an image', options);
    const answer: Answer = await this.client.plain({ path: `/caisson/v1/images/${name(nameOrId)}/file`, query: { path, layer: options.layer, ...platformQuery(options) }, ...(options.signal ? { signal: options.signal } : {}) });
    return { file: withDate(JSON.parse(Buffer.from(String(answer.headers['x-caisson-file']), 'base64').toString('utf8')) as ImageFile), data: answer };
  }

  async compare(a: string, b: string, options: OnePlatform = {}): Promise<ImageComparison> {
    await this.#needCaisson('what differs between images', options);
    return this.#get<ImageComparison>('images/compare', options, { a, b });
  }

  async #get<T>(path: string, options: OnePlatform, query: Readonly<Record<string, QueryValue>>): Promise<T> {
    return this.client.document<T>({ path: `/caisson/v1/${path}`, query: { ...query, ...platformQuery(options) }, ...(options.signal ? { signal: options.signal } : {}) });
  }

  async #needCaisson(what: string, { signal }: OnePlatform): Promise<void> {
    if ((await this.client.handshake(signal)).caisson) return;
    throw new CaissonError('unsupported', `docker's API does not show ${what}`, { hint: 'save the image and load it into the local engine: caisson save IMAGE | caisson --context default load' });
  }
}

function platformQuery({ platform }: OnePlatform): Record<string, string> {
  return platform ? { platform: formatPlatform(platform) } : {};
}

/** Slashes of names are parts of the path. */
function name(nameOrId: string): string {
  return encodeURIComponent(nameOrId).replaceAll('%2F', '/').replaceAll('%3A', ':').replaceAll('%40', '@');
}

function withDate(file: ImageFile): ImageFile {
  return { ...file, modified: new Date(file.modified) };
}

function layersOf({ config, manifest }: StoredImage): ImageLayer[] {
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
