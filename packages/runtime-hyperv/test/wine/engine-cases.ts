import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { join } from 'node:path';
import { Builder, type BuilderHost } from '@caisson/builder';
import { DatabaseImageStore, documentBytes, hostPlatform, isCaissonError, LayoutStore, LocalEngine, mediaTypes, openImage, parseReference, sha256, StateDatabase, TarWriter, tarEntry, withDefaultTag, type BuildEvent, type BuildRequest, type Digest, type EngineParts, type RuntimeParts } from '@caisson/core';
import type { Case } from '@caisson/core/testing';
import { formatVersion, parseVersion } from '../../src/host/compatibility.js';
import { HnsNetworkDriver } from '../../src/network/hns-driver.js';
import { copyTree } from '../../src/snapshot/copy-tree.js';
import { mounted } from '../../src/snapshot/mounted.js';
import { WindowsDiffer } from '../../src/snapshot/windows-differ.js';
import { WindowsSnapshotter } from '../../src/snapshot/windows-snapshotter.js';
import { calls, helper, libraries, openRuntime, runRoot } from './simulated-host.js';

/** What Wine says that it is. */
const version = parseVersion(release()) ?? { major: 10, minor: 0, build: 0, revision: 0 };

/** A whole engine on the simulated host: its own store, builder, containers and networks, as `openEngine` composes them on Windows. */
function openEngine() {
  const dataRoot = join(process.env['CAISSON_TEST_FOLDER'] ?? '.', 'engine');
  const db = new StateDatabase(join(dataRoot, 'state.db'));
  const content = new LayoutStore(join(dataRoot, 'content'));
  const images = new DatabaseImageStore(db, join(content.root, 'index.json'));
  const snapshotter = new WindowsSnapshotter(join(dataRoot, 'snapshots'), { libraries, helper });
  const none = (): never => assert.fail('not needed here');
  const host: RuntimeParts = {
    runtime: openRuntime({ host: { version, server: true, hyperv: true } }),
    snapshotter,
    differ: new WindowsDiffer(snapshotter, { libraries, helper }),
    network: new HnsNetworkDriver({ runRoot, libraries }),
    mounted: (mounts, use) => mounted(mounts, use, libraries),
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
  return { engine: new LocalEngine(parts), content, images, dataRoot };
}

let opened: ReturnType<typeof openEngine> | undefined;
const theEngine = () => (opened ??= openEngine());

/** A base image with a foreign layer, as those of Windows were. */
async function importBase(name: string, version: string): Promise<void> {
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

async function build(dockerfile: readonly string[], request: Partial<BuildRequest> = {}): Promise<{ output: string; cached: number }> {
  const { engine } = theEngine();
  const task = engine.build({ context: { kind: 'none' }, dockerfile: { text: dockerfile.join('\n'), name: 'Dockerfile' }, ...request });
  let output = '';
  for await (const event of task as AsyncIterable<BuildEvent>) if (event.type === 'output') output += event.text;
  return { output, cached: (await task).steps.cached };
}

async function runToEnd(image: string, command?: readonly string[]): Promise<{ code: number; log: string }> {
  const { engine } = theEngine();
  const { id } = await engine.containers.create({ image, network: 'none', ...(command ? { command } : {}) });
  await engine.containers.start(id);
  const { code } = await engine.containers.wait(id);
  const parts: Buffer[] = [];
  for await (const { data } of engine.containers.logs(id)) parts.push(Buffer.from(data));
  await engine.containers.remove(id);
  return { code, log: Buffer.concat(parts).toString() };
}

const cases: Record<string, () => Promise<void>> = {
  'an image is unpacked and run: its own command, and another': async () => {
    calls();
    assert.deepEqual(await runToEnd('localhost/base:1'), { code: 0, log: 'default\n' });
    assert.ok(calls().some((line) => line.includes('"CommandLine":"cmd /S /C echo default"')));
    assert.deepEqual(await runToEnd('localhost/base:1', ['cmd', '/S', '/C', 'type C:\\Windows\\base.txt']), { code: 0, log: 'base' });
    assert.equal((await runToEnd('localhost/base:1', ['sh', '-c', 'exit 7'])).code, 7);
  },
  'a Dockerfile of Windows is built: RUN, COPY, SHELL, USER, WORKDIR and the escape directive': async () => {
    const { dataRoot } = theEngine();
    const context = join(dataRoot, 'context');
    mkdirSync(context, { recursive: true });
    writeFileSync(join(context, 'file.txt'), 'copied\n');
    const dockerfile = ['# escape=`', 'FROM localhost/base:1', 'USER ContainerAdministrator', 'WORKDIR C:\\app', 'COPY file.txt .\\', 'RUN echo made>C:\\app\\made.txt', 'RUN id', 'SHELL ["cmd", "/S", "/C"]', 'RUN type C:\\app\\file.txt', 'CMD type C:\\app\\made.txt', ''];
    const request = { context: { kind: 'folder', path: context }, tags: [withDefaultTag(parseReference('localhost/app:1'))] } as const;
    const { output } = await build(dockerfile, request);
    assert.match(output, /ContainerAdministrator/);
    assert.match(output, /copied/);
    assert.deepEqual(await runToEnd('localhost/app:1'), { code: 0, log: 'made\n' });
    assert.ok((await build(dockerfile, request)).cached >= 4);
  },
  'a RUN that fails ends the build with its exit code, and leaves nothing': async () => {
    await assert.rejects(build(['FROM localhost/base:1', 'RUN exit 3', '']), (error) => isCaissonError(error, 'build-failed') && /exited with code 3/.test(error.message));
  },
  'containers are on a network, with a port, and all of it goes': async () => {
    const { engine } = theEngine();
    const { id } = await engine.containers.create({ image: 'localhost/base:1', command: ['sleep', '100'], ports: [{ protocol: 'tcp', hostIp: '', hostPort: 18090, containerPort: 80 }] });
    calls();
    await engine.containers.start(id);
    const made = calls();
    assert.ok(made.some((line) => line.includes('POST /endpoints/') && line.includes('"ExternalPort":18090')));
    assert.ok(made.some((line) => line.startsWith('HcsCreateComputeSystem') && line.includes('EndpointList')));
    await engine.containers.remove(id, { force: true });
    assert.ok(calls().some((line) => line.includes('DELETE /endpoints/')));
  },
  'exec, stop and restart': async () => {
    const { engine } = theEngine();
    const { id } = await engine.containers.create({ image: 'localhost/base:1', command: ['sleep', '100'], network: 'none' });
    await engine.containers.start(id);
    const process_ = await engine.containers.exec(id, { args: ['sh', '-c', 'exit 4'] }, { stdio: 'none' });
    assert.equal((await process_.wait()).code, 4);
    await engine.containers.restart(id, { timeout: 1 });
    assert.equal((await engine.containers.get(id)).status, 'running');
    await engine.containers.stop(id, { timeout: 1 });
    assert.equal((await engine.containers.get(id)).status, 'exited');
    await engine.containers.remove(id);
  },
  'an image for a later build of Windows, or for Linux, is refused in words': async () => {
    await importBase('localhost/later:1', '10.0.99999.1');
    const { engine } = theEngine();
    await assert.rejects(
      (async () => {
        const { id } = await engine.containers.create({ image: 'localhost/later:1', network: 'none' });
        await engine.containers.start(id);
      })(),
      (error) => isCaissonError(error, 'unsupported', 'not-found') && error.message.includes('99999'),
    );
  },
};

export function engineCases(): readonly Case[] {
  return Object.entries(cases).map(([name, run]) => ({
    name,
    run: async () => {
      await (base ??= importBase('localhost/base:1', formatVersion({ ...version, revision: 1 })));
      await run();
    },
  }));
}

export const engineCaseNames: readonly string[] = Object.keys(cases);
