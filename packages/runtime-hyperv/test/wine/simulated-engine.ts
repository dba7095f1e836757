import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { Builder, type BuilderHost } from '@caisson/builder';
import { DatabaseImageStore, documentBytes, hostPlatform, LayoutStore, LocalEngine, mediaTypes, openImage, parseReference, sha256, StateDatabase, TarWriter, tarEntry, withDefaultTag, type BuildEvent, type BuildRequest, type Digest, type EngineParts, type RuntimeParts } from '@caisson/core';
import { WindowsFiles } from '../../src/files/windows-files.js';
import { formatVersion, parseVersion } from '../../src/host/compatibility.js';
import { HnsNetworkDriver } from '../../src/network/hns-driver.js';
import { copyTree } from '../../src/snapshot/copy-tree.js';
import { mounted } from '../../src/snapshot/mounted.js';
import { WindowsDiffer } from '../../src/snapshot/windows-differ.js';
import { WindowsSnapshotter } from '../../src/snapshot/windows-snapshotter.js';
import { helper, libraries, openRuntime, runRoot } from './simulated-host.js';

/** What Wine says that it is. */
const version = parseVersion(release()) ?? { major: 10, minor: 0, build: 0, revision: 0 };

/** A whole engine on the simulated host: its own store, builder, containers and networks, as `openEngine` composes them on Windows. */
function openEngine() {
  const dataRoot = join(process.env['CAISSON_TEST_FOLDER'] ?? '.', 'engine');
  const db = new StateDatabase(join(dataRoot, 'state.db'));
  const content = new LayoutStore(join(dataRoot, 'content'));
  const images = new DatabaseImageStore(db, join(content.root, 'index.json'));
  const snapshotter = new WindowsSnapshotter(join(dataRoot, 'snapshots'), { libraries, helper });
  const windows = { version, server: true, hyperv: true };
  const none = (): never => assert.fail('not needed here');
  const host: RuntimeParts = {
    runtime: openRuntime({ host: windows }),
    snapshotter,
    differ: new WindowsDiffer(snapshotter, { libraries, helper }),
    network: new HnsNetworkDriver({ runRoot, libraries }),
    mounted: (mounts, use) => mounted(mounts, use, libraries),
    files: new WindowsFiles(snapshotter, { libraries, helper, host: windows }),
    roots: { ofProcess: none, ofSnapshot: none },
    syscalls: none,
    copyTree,
  };
  for (const folder of ['cache', 'scratch', 'locks']) mkdirSync(join(dataRoot, folder), { recursive: true });
  const builderHost: BuilderHost = {
    content,
    images,
    db,
    cacheFolder: join(dataRoot, 'cache'),
    scratchFolder: join(dataRoot, 'scratch'),
    locksFolder: join(dataRoot, 'locks'),
    platform: hostPlatform(),
    async resolveImage(reference, { platform }) {
      const record = await images.get(reference);
      if (!record) throw new Error(`no image ${reference.path}`);
      return openImage((descriptor) => content.read(descriptor.digest), record.target, { name: reference.path, platform });
    },
    fetchLayer: () => Promise.reject(new Error('there is no registry')),
    registry: () => Promise.reject(new Error('there is no registry')),
    execution: async () => ({ runtime: host.runtime, snapshotter, differ: host.differ, mounted: (mounts, use) => host.mounted(mounts, use), network: async () => ({ namespace: undefined, resolvConf: undefined, async [Symbol.asyncDispose]() {} }) }),
  };
  const parts: EngineParts = {
    version: '0',
    paths: { dataRoot, runRoot },
    db,
    content,
    images,
    runtime: async () => host,
    registry: () => Promise.reject(new Error('there is no registry')),
    builder: async () => new Builder(builderHost),
    exitCommand: () => undefined,
    attend: () => {},
    defaults: () => ({}),
  };
  return { engine: new LocalEngine(parts), content, images, dataRoot, snapshotter };
}

let opened: ReturnType<typeof openEngine> | undefined;
export const theEngine = () => (opened ??= openEngine());

/** A base image with a foreign layer, as those of Windows were. */
export async function importBase(name: string, version: string): Promise<void> {
  const { content, images } = theEngine();
  const put = async (bytes: Uint8Array): Promise<Digest> => {
    await using writer = await content.writer({ ref: sha256(bytes) });
    await writer.write(bytes);
    return await writer.commit();
  };
  const chunks: Buffer[] = [];
  const tar = new TarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  for (const path of ['Files', 'Files/Windows', 'UtilityVM', 'UtilityVM/Files']) tar.add(tarEntry({ path, type: 'directory' }));
  tar.add(tarEntry({ path: 'Files/Windows/base.txt', type: 'file', size: 4 }), Buffer.from('base'));
  tar.finish();
  const layer = Buffer.concat(chunks);
  const diffId = await put(layer);
  const document = documentBytes({ ...hostPlatform(), 'os.version': version, created: '2020-01-01T00:00:00Z', config: { Cmd: ['cmd /S /C echo default'], ArgsEscaped: true, User: 'ContainerUser' }, rootfs: { type: 'layers', diff_ids: [diffId] } });
  const manifest = documentBytes({ schemaVersion: 2, mediaType: mediaTypes.manifest, config: { mediaType: mediaTypes.config, digest: await put(document), size: document.byteLength }, layers: [{ mediaType: 'application/vnd.oci.image.layer.nondistributable.v1.tar', digest: diffId, size: layer.length, urls: ['https://mcr.example/x'] }] });
  const target = { mediaType: mediaTypes.manifest, digest: await put(manifest), size: manifest.byteLength };
  await images.put({ target, id: sha256(document) }, [withDefaultTag(parseReference(name))]);
}

let base: Promise<void> | undefined;

/** The image that the cases stand on, made once: one that this host can run. */
export function baseImage(): Promise<void> {
  return (base ??= importBase('localhost/base:1', formatVersion({ ...version, revision: 1 })));
}

export async function build(dockerfile: readonly string[], request: Partial<BuildRequest> = {}): Promise<{ output: string; cached: number }> {
  const { engine } = theEngine();
  const task = engine.build({ context: { kind: 'none' }, dockerfile: { text: dockerfile.join('\n'), name: 'Dockerfile' }, ...request });
  let output = '';
  for await (const event of task as AsyncIterable<BuildEvent>) if (event.type === 'output') output += event.text;
  return { output, cached: (await task).steps.cached };
}

export async function runToEnd(image: string, command?: readonly string[]): Promise<{ code: number; log: string }> {
  const { engine } = theEngine();
  const { id } = await engine.containers.create({ image, network: 'none', ...(command ? { command } : {}) });
  await engine.containers.start(id);
  const { code } = await engine.containers.wait(id);
  const parts: Buffer[] = [];
  for await (const { data } of engine.containers.logs(id)) parts.push(Buffer.from(data));
  await engine.containers.remove(id);
  return { code, log: Buffer.concat(parts).toString() };
}
