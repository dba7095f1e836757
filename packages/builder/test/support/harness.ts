import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import {
  DatabaseImageStore,
  decompress,
  displayPath,
  documentBytes,
  hostPlatform,
  indexLayer,
  LayerTree,
  LayoutStore,
  mediaTypes,
  openImage,
  parseReference,
  sha256,
  StateDatabase,
  withDefaultTag,
  type BuildEvent,
  type BuildRequest,
  type BuildResult,
  type ContainerDefaults,
  type Digest,
  type Platform,
} from '@caisson/core';
import { LinuxDiffer, LinuxRuntime, mounted, OverlaySnapshotter } from '@caisson/runtime-linux';
import { Builder, type BuilderHost } from '../../src/index.js';
import { busyboxRootfs } from '../../../../scripts/busybox-base.mjs';

export const isRoot = process.getuid?.() === 0;
export const base = 'localhost/busybox:1';

export interface Built extends BuildResult {
  readonly events: readonly BuildEvent[];
  /** `hit`, `miss: why` or nothing for each step that has one, by step ID. */
  readonly decisions: Readonly<Record<string, string>>;
}

/** A builder on a store of its own, with real snapshots and a real runtime (without a network), and a busybox base. */
export class Harness implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'caisson-builder-'));
  readonly db = new StateDatabase(this.path('data/state.db'));
  readonly content = new LayoutStore(this.path('data/content'));
  readonly images = new DatabaseImageStore(this.db, this.path('data/content/index.json'));
  readonly snapshotter: OverlaySnapshotter | undefined;
  readonly host: BuilderHost;
  readonly builder: Builder;

  constructor(options: { runtime?: boolean; change?: (host: BuilderHost) => BuilderHost } = {}) {
    const { runtime = true } = options;
    for (const folder of ['run/locks', 'cache', 'scratch']) mkdirSync(this.path(folder), { recursive: true });
    if (runtime) this.snapshotter = new OverlaySnapshotter(this.path('data/snapshots'));
    const { snapshotter } = this;
    const host: BuilderHost = {
      content: this.content,
      images: this.images,
      db: this.db,
      cacheFolder: this.path('cache'),
      scratchFolder: this.path('scratch'),
      locksFolder: this.path('run/locks'),
      platform: hostPlatform(),
      resolveImage: async (reference, { platform }) => {
        const record = await this.images.get(reference);
        if (!record) throw new Error(`no image ${reference.path}`);
        return openImage((descriptor) => this.content.read(descriptor.digest), record.target, { name: reference.path, platform });
      },
      fetchLayer: () => Promise.reject(new Error('there is no registry')),
      registry: () => Promise.reject(new Error('there is no registry')),
      execution: () => {
        if (!snapshotter) return Promise.reject(new Error('nothing can be run here'));
        return Promise.resolve({
          runtime: new LinuxRuntime({ runRoot: this.path('run') }),
          snapshotter,
          differ: new LinuxDiffer(snapshotter),
          mounted: (mounts, use) => mounted(mounts, this.path('run/mounts'), use),
          network: (_id, mode) => Promise.resolve({ namespace: mode === 'host' ? 'host' : undefined, resolvConf: mode === 'none' ? undefined : 'nameserver 192.0.2.1\n', [Symbol.asyncDispose]: () => Promise.resolve() }),
        });
      },
    };
    this.host = options.change?.(host) ?? host;
    this.builder = new Builder(this.host);
  }

  static async withBase(options: ConstructorParameters<typeof Harness>[0] = {}): Promise<Harness> {
    const harness = new Harness(options);
    await harness.importImage(base, busyboxTar(), { Cmd: ['/bin/sh'], Env: ['PATH=/bin'] });
    return harness;
  }

  path(...parts: string[]): string {
    return join(this.folder, ...parts);
  }

  /** Writes files below a folder and gives its path. */
  tree(folder: string, files: Readonly<Record<string, string | Uint8Array>>): string {
    mkdirSync(this.path(folder), { recursive: true });
    for (const [name, data] of Object.entries(files)) {
      mkdirSync(dirname(this.path(folder, name)), { recursive: true });
      writeFileSync(this.path(folder, name), data);
    }
    return this.path(folder);
  }

  async importImage(name: string, layer: Uint8Array, config: ContainerDefaults, platform: Platform = hostPlatform()): Promise<void> {
    const diffId = await this.#put(layer);
    const document = documentBytes({ ...platform, created: '2020-01-01T00:00:00Z', config, rootfs: { type: 'layers', diff_ids: [diffId] } });
    const manifest = documentBytes({
      schemaVersion: 2,
      mediaType: mediaTypes.manifest,
      config: { mediaType: mediaTypes.config, digest: await this.#put(document), size: document.byteLength },
      layers: [{ mediaType: mediaTypes.layerTar, digest: diffId, size: layer.byteLength }],
    });
    const target = { mediaType: mediaTypes.manifest, digest: await this.#put(manifest), size: manifest.byteLength };
    await this.images.put({ target, id: sha256(document) }, [withDefaultTag(parseReference(name))]);
  }

  /** Builds a Dockerfile's text on a context folder. */
  async build(dockerfile: string, context?: string, request: Partial<BuildRequest> = {}, signal?: AbortSignal): Promise<Built> {
    const events: BuildEvent[] = [];
    const task = this.builder.build(
      { context: context === undefined ? { kind: 'none' } : { kind: 'folder', path: context }, dockerfile: { text: dockerfile, name: 'Dockerfile' }, ...request },
      signal ? { signal } : {},
    );
    for await (const event of task) events.push(event);
    const decisions: Record<string, string> = {};
    for (const event of events) {
      if (event.type === 'hit') decisions[event.step] = 'hit';
      if (event.type === 'miss') decisions[event.step] = `miss: ${event.reason.kind}: ${event.reason.text}`;
    }
    return { ...(await task), events, decisions };
  }

  /** Every file of a built image: `path type mode uid:gid content-or-target`. */
  async files(result: BuildResult, place = 0): Promise<string[]> {
    const image = await openImage((descriptor) => this.content.read(descriptor.digest), result.images[place]?.manifest ?? result.root, { name: 'built' });
    const indexes = [];
    for (const layer of image.manifest.layers) indexes.push(await indexLayer(this.content.open(layer.digest), 'auto', { contentDigests: true }));
    return [...LayerTree.of(indexes).walk('')].map((entry) => {
      const what = entry.type === 'file' ? (entry.digest ?? sha256('')).slice(7, 19) : entry.linkname;
      return `${displayPath(entry.path)} ${entry.type} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid} ${what}`.trim();
    });
  }

  /** What the layers above the base hold, layer by layer. */
  async layers(result: BuildResult, skip = 1): Promise<string[][]> {
    const image = await openImage((descriptor) => this.content.read(descriptor.digest), result.root, { name: 'built' });
    const all: string[][] = [];
    for (const layer of image.manifest.layers.slice(skip)) all.push([...(await indexLayer(this.content.open(layer.digest)))].map((entry) => `${displayPath(entry.path)} ${entry.type} ${entry.mode.toString(8)} ${entry.uid}:${entry.gid}`));
    return all;
  }

  async text(result: BuildResult, path: string): Promise<string> {
    const image = await openImage((descriptor) => this.content.read(descriptor.digest), result.root, { name: 'built' });
    const indexes = [];
    for (const layer of image.manifest.layers) indexes.push(await indexLayer(this.content.open(layer.digest)));
    const digests = image.manifest.layers.map((layer) => layer.digest);
    const content = await LayerTree.of(indexes).readFile(path, async (layer, offset, length) => {
      const digest = digests[image.config.rootfs.diff_ids.indexOf(layer.diffId)] as Digest;
      const bytes = Buffer.concat(await Array.fromAsync(decompress(this.content.open(digest))));
      return bytes.subarray(offset, offset + length);
    });
    return content.toString('utf8');
  }

  [Symbol.dispose](): void {
    this.db.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #put(bytes: Uint8Array): Promise<Digest> {
    await using writer = await this.content.writer({ ref: sha256(bytes) });
    await writer.write(bytes);
    return await writer.commit();
  }
}

let rootfs: Buffer | undefined;

function busyboxTar(): Buffer {
  return (rootfs ??= busyboxRootfs());
}

/** True when a program is installed. */
export function has(program: string): boolean {
  try {
    execFileSync('which', [program], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
