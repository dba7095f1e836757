import assert from 'node:assert/strict';
import { parseReference } from '../model/reference.js';
import { bytes, refused, shell, type EngineBench, type EngineCases } from './engine-harness.js';

/** What is in images, layer by layer: of the suite's image with one layer on top, which adds, changes and deletes. */
export const layerCases: EngineCases = {
  'history tells the layers': async ({ engine: { images }, image }) => {
    const layers = await images.layers(image);
    assert.ok(layers.some(({ empty, size }) => !empty && size > 0));
  },
  "an image's files are seen, folder by folder": async (bench) => {
    const { images } = bench.engine;
    const { name, below } = await changed(bench);
    const files = await images.files(name);
    assert.ok(files.totals.entries > 5 && files.totals.bytes > 5);
    const [file] = await files.children('/d/e');
    assert.deepEqual([file?.name, file?.path, file?.type, file?.size, file?.mode, file?.layer], ['file', 'd/e/file', 'file', 5, 0o640, below]);
    const root = await files.children('');
    assert.deepEqual(root.find((one) => one.name === 'link')?.linkTarget, '/d/e/file');
    assert.deepEqual((await files.children('etc')).filter((one) => one.name === 'group'), []);
    await refused(() => files.children('/nothing'), 'not-found');
  },
  "a layer's files are what it changed": async (bench) => {
    const { images } = bench.engine;
    const { name, below } = await changed(bench);
    const history = await images.layers(name);
    assert.deepEqual(history.filter(({ empty }) => !empty).map(({ index }) => index), [...Array(below + 1).keys()]);
    const { totals, children } = await open(bench, name, below);
    assert.ok(totals.deleted === 1 && totals.changed >= 1 && totals.added >= 4 && totals.wastedBytes > 0);
    const kinds = (await children('etc')).map((one) => `${one.name} ${one.change}`);
    assert.deepEqual(kinds.filter((one) => /group|passwd/.test(one)), ['group deleted', 'passwd changed']);
    await refused(() => images.files(name, { layer: below + 1 }), 'not-found');
    await refused(() => images.files(`localhost/${bench.name()}:1`), 'not-found');
  },
  'a file is read as each layer has it': async (bench) => {
    const { images } = bench.engine;
    const { name, below } = await changed(bench);
    const text = async (path: string, layer?: number) => (await bytes((await images.readFile(name, path, layer === undefined ? {} : { layer })).data)).toString();
    assert.equal(await text('/link'), 'text\n');
    const before = await text('/etc/passwd', below - 1);
    assert.equal(await text('/etc/passwd'), `${before}x\n`);
    assert.notEqual(await text('etc/group', below - 1), '');
    await refused(() => images.readFile(name, '/etc/group'), 'not-found');
    await refused(() => images.readFile(name, '/etc'), 'invalid-argument');
  },
  'two images are compared': async (bench) => {
    const { images } = bench.engine;
    const { name, below } = await changed(bench);
    const { changes, sharedLayers, config } = await images.compare(bench.image, name);
    assert.equal(sharedLayers, below);
    const told = changes.map(({ kind, path }) => `${kind} ${path}`);
    for (const expected of ['added d/e/file', 'added link', 'deleted etc/group', 'changed etc/passwd']) assert.ok(told.includes(expected), `${expected} in ${told.join(', ')}`);
    assert.deepEqual(config.filter(({ field }) => field === 'Labels').map(({ after }) => after), [{ of: 'layers' }]);
    assert.deepEqual((await images.compare(name, name)).changes, []);
  },
};

async function open(bench: EngineBench, name: string, layer: number) {
  const files = await bench.engine.images.files(name, { layer });
  return { totals: files.totals, children: (path: string) => files.children(path) };
}

/** The number of its top layer is that of the layers below. */
async function changed(bench: EngineBench): Promise<{ name: string; below: number }> {
  const { containers, images } = bench.engine;
  const { id } = await bench.start(shell('mkdir -p /d/e && echo text > /d/e/file && chmod 640 /d/e/file && ln -s /d/e/file /link && rm /etc/group && echo x >> /etc/passwd'));
  assert.equal((await containers.wait(id)).code, 0);
  const name = `localhost/${bench.name()}:4`;
  const image = await containers.commit(id, { name: parseReference(name), changes: ['LABEL of=layers'] });
  bench.after(() => images.remove(image.id, { force: true }));
  return { name, below: (await images.get(bench.image)).config.rootfs.diff_ids.length };
}
