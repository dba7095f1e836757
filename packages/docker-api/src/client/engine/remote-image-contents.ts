import { formatPlatform, imageLayers, openImageContents, type Digest, type ImageComparison, type ImageContents, type ImageFile, type ImageFiles, type ImageLayer, type ImageLayers, type LayerIndexes, type OnePlatform, type Platform, type StoredImage } from '@caisson/core';
import type { Answer } from '../answer.js';
import { compareVersions, type ApiClient, type QueryValue } from '../api-client.js';
import { KeptIndexes } from '../saved/kept-indexes.js';
import { SavedLayers } from '../saved/saved-layers.js';

type InLayer = OnePlatform & { readonly layer?: number };

/**
 * What is in images. A host that runs Caisson shows it; of other hosts docker's API shows the history alone, and the files are read from the
 * archive that the host saves of an image: once, since tables of contents of its layers are kept here.
 */
export abstract class RemoteImageContents implements ImageLayers {
  protected readonly client: ApiClient;
  readonly #kept: LayerIndexes;
  #contents: Promise<ImageContents> | undefined;

  constructor(client: ApiClient, kept: LayerIndexes = new KeptIndexes()) {
    this.client = client;
    this.#kept = kept;
  }

  protected abstract inspect(nameOrId: string, options: { platform?: Platform }): Promise<StoredImage>;

  async layers(nameOrId: string, options: OnePlatform = {}): Promise<readonly ImageLayer[]> {
    if (!(await this.#isCaisson(options))) return imageLayers(await this.#image(nameOrId, options));
    const layers = await this.#get<ImageLayer[]>(`images/${name(nameOrId)}/layers`, options, {});
    return layers.map((layer) => ({ ...layer, created: layer.created === undefined ? undefined : new Date(layer.created) }));
  }

  async files(nameOrId: string, options: InLayer = {}): Promise<ImageFiles> {
    if (!(await this.#isCaisson(options))) return (await this.#saved(options)).files(await this.#image(nameOrId, options), options.layer, options.signal);
    const folder = (path: string) => this.#get<{ totals: ImageFiles['totals']; files: ImageFile[] }>(`images/${name(nameOrId)}/files`, options, { path, layer: options.layer });
    const { totals } = await folder('');
    return { totals, children: async (path) => (await folder(path)).files.map(withDate) };
  }

  async readFile(nameOrId: string, path: string, options: InLayer = {}): Promise<{ readonly file: ImageFile; readonly data: AsyncIterable<Uint8Array> }> {
    if (!(await this.#isCaisson(options))) return (await this.#saved(options)).readFile(await this.#image(nameOrId, options), path, options.layer, options.signal);
    const answer: Answer = await this.client.plain({ path: `/caisson/v1/images/${name(nameOrId)}/file`, query: { path, layer: options.layer, ...platformQuery(options) }, ...(options.signal ? { signal: options.signal } : {}) });
    return { file: withDate(JSON.parse(Buffer.from(String(answer.headers['x-caisson-file']), 'base64').toString('utf8')) as ImageFile), data: answer };
  }

  async compare(a: string, b: string, options: OnePlatform = {}): Promise<ImageComparison> {
    if (!(await this.#isCaisson(options))) return (await this.#saved(options)).compare(await this.#image(a, options), await this.#image(b, options), options.signal);
    return this.#get<ImageComparison>('images/compare', options, { a, b });
  }

  #image(nameOrId: string, { platform }: OnePlatform): Promise<StoredImage> {
    return this.inspect(nameOrId, platform ? { platform } : {});
  }

  async #isCaisson({ signal }: OnePlatform): Promise<boolean> {
    return (await this.client.handshake(signal)).caisson;
  }

  /** Of one platform they are as many images as of several: layers tell themselves apart. */
  #saved({ platform }: OnePlatform): Promise<ImageContents> {
    const save = (id: Digest, signal: AbortSignal | undefined) => this.#archive(id, platform, signal);
    if (platform) return openImageContents(new SavedLayers(save, this.#kept));
    return (this.#contents ??= openImageContents(new SavedLayers(save, this.#kept)));
  }

  async *#archive(id: Digest, platform: Platform | undefined, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array, void> {
    const { version } = await this.client.handshake(signal);
    const query = { names: [id], ...(platform && compareVersions(version, '1.48') >= 0 ? { platform: JSON.stringify(platform) } : {}) };
    yield* await this.client.stream({ path: '/images/get', query, ...(signal ? { signal } : {}) });
  }

  async #get<T>(path: string, options: OnePlatform, query: Readonly<Record<string, QueryValue>>): Promise<T> {
    return this.client.document<T>({ path: `/caisson/v1/${path}`, query: { ...query, ...platformQuery(options) }, ...(options.signal ? { signal: options.signal } : {}) });
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
