import { gzipSync } from 'node:zlib';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CaissonError,
  DatabaseImageStore,
  documentBytes,
  hostPlatform,
  LayoutStore,
  LocalEngine,
  mediaTypes,
  parseReference,
  sha256,
  StateDatabase,
  withDefaultTag,
  type EngineParts,
  type HistoryEntry,
  type ContainerDefaults,
  type ImageRecord,
  type Manifest,
} from '../../src/index.js';
import { tar, type Item } from '../layers/helpers.js';

/** A local engine on a folder of its own, with no runtime, registry or builder. */
export class EngineFixture implements Disposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'caisson-engine-'));
  readonly db = new StateDatabase(join(this.folder, 'state.db'));
  readonly content = new LayoutStore(join(this.folder, 'content'));
  readonly images = new DatabaseImageStore(this.db, join(this.content.root, 'index.json'));
  readonly parts: EngineParts;
  readonly engine: LocalEngine;

  constructor(parts: Partial<EngineParts> = {}) {
    const none = () => Promise.reject(new CaissonError('unsupported', 'not in this test'));
    this.parts = {
      version: '0',
      paths: { dataRoot: this.folder, runRoot: join(this.folder, 'run') },
      db: this.db,
      content: this.content,
      images: this.images,
      runtime: none,
      registry: none,
      builder: none,
      exitCommand: () => undefined,
      ...parts,
    };
    this.engine = new LocalEngine(this.parts);
  }

  [Symbol.dispose](): void {
    this.db.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async blob(data: Uint8Array | string, mediaType: string) {
    const bytes = Buffer.from(data);
    await using writer = await this.content.writer({ ref: sha256(bytes) });
    await writer.truncate();
    await writer.write(bytes);
    return { mediaType, digest: await writer.commit(), size: bytes.length };
  }

  /** An image of these layers, each a list of entries or an archive; `gzip` compresses them. */
  async image(name: string, layers: readonly (readonly Item[] | Buffer)[], { gzip = false, history, config }: { gzip?: boolean; history?: readonly HistoryEntry[]; config?: ContainerDefaults } = {}): Promise<ImageRecord> {
    const archives = layers.map((layer) => (Buffer.isBuffer(layer) ? layer : tar(layer)));
    const blobs = [];
    for (const archive of archives) blobs.push(await this.blob(gzip ? gzipSync(archive) : archive, gzip ? mediaTypes.layerGzip : mediaTypes.layerTar));
    const imageConfig = { ...hostPlatform(), rootfs: { type: 'layers' as const, diff_ids: archives.map((archive) => sha256(archive)) }, ...(history ? { history } : {}), ...(config ? { config } : {}) };
    const manifest: Manifest = { schemaVersion: 2, mediaType: mediaTypes.manifest, config: await this.blob(documentBytes(imageConfig), mediaTypes.config), layers: blobs };
    const target = await this.blob(documentBytes(manifest), mediaTypes.manifest);
    return this.images.put({ target, id: manifest.config.digest }, [withDefaultTag(parseReference(name))]);
  }
}
