import { CaissonError, formatPlatform, type ImageComparison, type ImageFile, type ImageFiles, type ImageLayer, type OnePlatform } from '@caisson/core';
import type { ApiClient, QueryValue } from '../api-client.js';
import type { Credentials } from '../engine/registry-auth.js';
import { RemoteImages } from '../engine/remote-images.js';

type OneLayer = OnePlatform & { readonly layer?: number };

/** Images of Caisson's daemon: their files can be seen, by its own endpoints. */
export class CaissonImages extends RemoteImages {
  readonly #client: ApiClient;

  constructor(client: ApiClient, credentials: Credentials | undefined) {
    super(client, credentials);
    this.#client = client;
  }

  override async layers(nameOrId: string, options: OnePlatform = {}): Promise<readonly ImageLayer[]> {
    const layers = await this.#client.call<Revived<ImageLayer>[]>({ path: `${path(nameOrId)}/layers`, ...callOf(options) });
    return layers.map((layer) => ({ ...layer, created: layer.created === undefined ? undefined : new Date(layer.created) }));
  }

  /** Each folder is one request; the totals come with the first. */
  override async files(nameOrId: string, options: OneLayer = {}): Promise<ImageFiles> {
    const folder = async (of: string): Promise<{ readonly totals: ImageFiles['totals']; readonly files: readonly ImageFile[] }> => {
      const { totals, files } = await this.#client.call<{ totals: ImageFiles['totals']; files: Revived<ImageFile>[] }>({ path: `${path(nameOrId)}/files`, ...callOf(options, { path: of === '/' ? '' : of }) });
      return { totals, files: files.map(revive) };
    };
    const root = await folder('');
    return { totals: root.totals, children: async (of) => (of === '' || of === '/' ? root.files : (await folder(of)).files) };
  }

  override async readFile(nameOrId: string, file: string, options: OneLayer = {}): Promise<{ readonly file: ImageFile; readonly data: AsyncIterable<Uint8Array> }> {
    const answer = await this.#client.stream({ path: `${path(nameOrId)}/file`, ...callOf(options, { path: file }) });
    const head = answer.headers['x-caisson-file'];
    if (typeof head !== 'string') {
      answer.destroy();
      throw new CaissonError('invalid-content', "the daemon's answer does not say which file it is");
    }
    return { file: revive(JSON.parse(Buffer.from(head, 'base64').toString('utf8')) as Revived<ImageFile>), data: answer };
  }

  override async compare(a: string, b: string, options: OnePlatform = {}): Promise<ImageComparison> {
    return this.#client.call<ImageComparison>({ path: '/caisson/v1/images/compare', ...callOf(options, { a, b }) });
  }
}

/** What JSON makes of a type: dates are texts. */
type Revived<T> = { readonly [K in keyof T]: T[K] extends Date ? string : T[K] extends Date | undefined ? string | undefined : T[K] };

function revive(file: Revived<ImageFile>): ImageFile {
  return { ...file, modified: new Date(file.modified) };
}

function path(nameOrId: string): string {
  return `/caisson/v1/images/${nameOrId.split('/').map(encodeURIComponent).join('/')}`;
}

function callOf({ platform, signal, layer }: OneLayer, query: Readonly<Record<string, QueryValue>> = {}): { readonly query: Readonly<Record<string, QueryValue>>; readonly signal?: AbortSignal } {
  return { query: { ...query, layer, platform: platform && formatPlatform(platform) }, ...(signal ? { signal } : {}) };
}
