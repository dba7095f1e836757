import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EngineEvent } from '../engine/events.js';
import { parseReference } from '../model/reference.js';
import { tarOf } from './engine-file-cases.js';
import { bytes, once, refused, shell, type EngineCases } from './engine-harness.js';

export const imageCases: EngineCases = {
  'images are listed and found by name and ID': async ({ engine: { images }, image }) => {
    const found = await images.get(image);
    assert.match(found.id, /^sha256:[0-9a-f]{64}$/);
    assert.equal((await images.get(found.id)).id, found.id);
    assert.equal((await images.get(found.id.slice(7, 19))).id, found.id);
    const listed = (await images.list()).find(({ id }) => id === found.id);
    assert.ok(listed?.names.length, 'it is in the list with its name');
    assert.deepEqual([found.config.os, found.config.rootfs.diff_ids.length > 0, found.config.config?.Cmd?.[0]], ['linux', true, '/bin/sh']);
  },
  'an image tells its manifests': async ({ engine: { images }, image }) => {
    const manifests = await images.manifests(image);
    assert.deepEqual(manifests.map(({ kind, available, platform }) => [kind, available, platform?.os]), [['image', true, 'linux']]);
    assert.ok(manifests.every(({ contentBytes, unpackedBytes }) => contentBytes + unpackedBytes > 0));
    await refused(() => images.manifests('localhost/caisson-test-none:1'), 'not-found');
  },
  'an image that is not there is not found': async ({ engine: { images } }) => {
    await refused(() => images.get('localhost/caisson-test-none:1'), 'not-found');
    await refused(() => images.remove('localhost/caisson-test-none:1'), 'not-found');
    await refused(() => images.tag('localhost/caisson-test-none:1', 'localhost/x:1'), 'not-found');
  },
  'names are given and taken': async (bench) => {
    const { images } = bench.engine;
    const name = `localhost/${bench.name()}:1`;
    const { id } = await images.get(bench.image);
    await images.tag(bench.image, name);
    assert.equal((await images.get(name)).id, id);
    const { untagged, deleted } = await images.remove(name);
    assert.deepEqual([untagged, deleted], [[name], []]);
    await refused(() => images.get(name), 'not-found');
    await images.get(bench.image);
  },
  'an image that a container uses is not removed': async (bench) => {
    const { images, containers } = bench.engine;
    const name = `localhost/${bench.name()}:1`;
    await images.import(once(tarOf({ file: bench.name() })), { name: parseReference(name) });
    bench.after(() => images.remove(name, { force: true }));
    const { id } = await containers.create({ image: name, command: ['/file'], pull: 'never', network: 'none' });
    bench.after(() => containers.remove(id, { force: true }));
    await refused(async () => images.remove((await images.get(name)).id), 'in-use');
  },
  'an import makes an image of one layer': async (bench) => {
    const { images } = bench.engine;
    const name = `localhost/${bench.name()}:2`;
    const { id } = await images.import(once(tarOf({ 'a/file': bench.name() })), { name: parseReference(name), config: { Cmd: ['/a/file'], Env: ['A=b c'], WorkingDir: '/a' }, message: 'by a test' });
    bench.after(() => images.remove(id, { force: true }));
    const image = await images.get(name);
    assert.equal(image.id, id);
    assert.equal(image.config.rootfs.diff_ids.length, 1);
    assert.deepEqual([image.config.config?.Cmd, image.config.config?.WorkingDir], [['/a/file'], '/a']);
    assert.ok(image.config.config?.Env?.includes('A=b c'));
  },
  'what was saved loads again': async (bench) => {
    const { images } = bench.engine;
    const name = `localhost/${bench.name()}:3`;
    const { id } = await images.import(once(tarOf({ saved: bench.name() })), { name: parseReference(name) });
    const archive = await bytes(images.save([name]));
    await images.remove(name, { force: true });
    await refused(() => images.get(name), 'not-found');
    const loaded = await images.load(once(archive));
    bench.after(() => images.remove(name, { force: true }));
    assert.deepEqual(loaded.map((image) => image.id), [id]);
    assert.equal((await images.get(name)).id, id);
  },
};

export const objectCases: EngineCases = {
  'volumes come and go': async (bench) => {
    const { volumes } = bench.engine;
    const name = bench.name();
    const made = await volumes.create({ name, labels: { of: 'test' } });
    bench.after(() => volumes.remove(name));
    assert.deepEqual([made.name, made.labels.of], [name, 'test']);
    assert.ok((await volumes.list()).some((volume) => volume.name === name));
    assert.equal((await volumes.get(name)).mountpoint, made.mountpoint);
    await volumes.remove(name);
    await refused(() => volumes.get(name), 'not-found');
    await refused(() => volumes.remove(name), 'not-found');
    const anonymous = await volumes.create();
    bench.after(() => volumes.remove(anonymous.name));
    assert.match(anonymous.name, /^[0-9a-f]{64}$/);
  },
  'a volume in use stays': async (bench) => {
    const { volumes } = bench.engine;
    const { name } = await volumes.create({ name: bench.name() });
    bench.after(() => volumes.remove(name));
    const { id } = await bench.create(['true'], { mounts: [{ type: 'volume', source: name, target: '/v' }] });
    await refused(() => volumes.remove(name), 'in-use');
    await bench.engine.containers.remove(id);
    await volumes.remove(name);
  },
  'volumes are pruned by label': async (bench) => {
    const { volumes } = bench.engine;
    const label = bench.name();
    const [one, other] = [await volumes.create({ name: bench.name(), labels: { [label]: '1' } }), await volumes.create({ name: bench.name() })];
    bench.after(() => volumes.remove(other.name));
    const { volumes: removed } = await volumes.prune({ all: true, labels: { [label]: '1' } });
    assert.deepEqual(removed, [one.name]);
    await volumes.get(other.name);
  },
  'networks come and go': async (bench) => {
    const { networks } = bench.engine;
    const name = bench.name();
    const made = await networks.create({ name, internal: true, labels: { of: 'test' } });
    bench.after(() => networks.remove(name));
    assert.deepEqual([made.name, made.driver, made.internal, made.labels.of], [name, 'bridge', true, 'test']);
    assert.ok((await networks.list()).some((network) => network.id === made.id));
    assert.equal((await networks.get(made.id)).name, name);
    await networks.remove(name);
    await refused(() => networks.get(name), 'not-found');
    await refused(() => networks.remove(name), 'not-found');
  },
  'containers on a network know each other by name': async (bench) => {
    const { networks } = bench.engine;
    const network = bench.name();
    await networks.create({ name: network });
    bench.after(() => networks.remove(network));
    const server = await bench.start(['sleep', '100'], { network, networkAliases: ['lighthouse'] });
    const record = await bench.engine.containers.get(server.id);
    const [endpoint] = record.state.networks;
    assert.equal(endpoint?.network, network);
    assert.match(endpoint.address, /^\d+\.\d+\.\d+\.\d+$/);
    const client = await bench.start(['sleep', '100'], { network: 'none' });
    await refused(() => networks.remove(network), 'in-use', 'denied');
    await bench.engine.containers.remove(client.id, { force: true });
    const { output, id } = await bench.attach(shell('for i in 1 2 3 4 5 6 7 8 9 10; do ping -c 1 -W 5 lighthouse >/dev/null 2>&1 && echo found && break; sleep 0.3; done'), { network });
    assert.equal(await output.end(), 'found\n');
    await networks.disconnect(network, id, { force: true }).catch(() => {}); // it has exited
  },
  'events tell what happens, past and present': async (bench) => {
    const since = new Date(Date.now() - 1000);
    const stop = new AbortController();
    const seen: EngineEvent[] = [];
    const following = (async () => {
      for await (const event of bench.engine.events({ types: ['container'], signal: stop.signal })) seen.push(event);
    })();
    await sleep(300);
    const { id } = await bench.start(['true']);
    await bench.engine.containers.wait(id);
    await bench.engine.containers.remove(id);
    const actions = (events: readonly EngineEvent[]) => events.filter(({ actor }) => actor === id).map(({ action }) => action);
    for (let tries = 0; tries < 100 && !actions(seen).includes('destroy'); tries++) await sleep(50);
    stop.abort();
    await following;
    for (const action of ['create', 'start', 'die', 'destroy']) assert.ok(actions(seen).includes(action), `${action} in ${actions(seen).join(', ')}`);
    await sleep(1100); // the past may be told by the second
    const past: EngineEvent[] = [];
    for await (const event of bench.engine.events({ since, until: new Date(Date.now() - 1), types: ['container'] })) past.push(event);
    assert.ok(actions(past).includes('create'));
  },
  'the host says what it is': async ({ engine: { system } }) => {
    const { version, platform, cpus, memoryBytes, operatingSystem } = await system.info();
    assert.ok(version !== '' && operatingSystem !== '');
    assert.deepEqual([platform.os, cpus > 0, memoryBytes > 0], ['linux', true, true]);
  },
  'the host says what takes room': async (bench) => {
    const { id } = await bench.create(['true']);
    const { images, containers, layerBytes } = await bench.engine.system.usage();
    const found = await bench.engine.images.get(bench.image);
    assert.ok(images.some(({ image, bytes: size }) => image.id === found.id && size > 0));
    assert.ok(containers.some(({ container }) => container.id === id));
    assert.ok(layerBytes >= 0);
  },
};
