import assert from 'node:assert/strict';
import { tarEntry } from '../layers/entry.js';
import { TarReader } from '../layers/tar/reader.js';
import { TarWriter } from '../layers/tar/writer.js';
import { bytes, once, refused, shell, type EngineCases } from './engine-harness.js';

export const fileCases: EngineCases = {
  'files can be looked at, read and written': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(shell('mkdir -p /d/e; echo text > /d/e/file; ln -s e /d/link; chmod 640 /d/e/file; sleep 100'));
    await bench.exec(id, shell('until test -L /d/link && test "$(stat -c %a /d/e/file)" = 640; do sleep 0.05; done')).then(({ process }) => process.wait());
    const stat = await containers.stat(id, '/d/e/file');
    assert.deepEqual([stat.name, stat.size, stat.mode & 0o7777, stat.mode & 0o170000], ['file', 5, 0o640, 0o100000]);
    assert.equal((await containers.stat(id, '/d/link')).mode & 0o170000, 0o120000);
    const { stat: folder, tar } = await containers.read(id, '/d/e');
    assert.equal(folder.mode & 0o170000, 0o040000);
    assert.deepEqual(await files(bytes(tar)), { 'e/file': 'text\n' });
    await containers.write(id, '/d', once(tarOf({ 'new/deep.txt': 'written' })));
    const { output } = await bench.exec(id, ['cat', '/d/new/deep.txt']);
    assert.equal(await output.end(), 'written');
  },
  'files of what does not run can be read and written': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.create(['cat', '/given']);
    await containers.write(id, '/', once(tarOf({ given: 'before the start\n' })));
    assert.deepEqual(await files(bytes((await containers.read(id, '/given')).tar)), { given: 'before the start\n' });
    await containers.start(id);
    await containers.wait(id);
    const logged = (await Array.fromAsync(containers.logs(id))).map(({ data }) => Buffer.from(data).toString()).join('');
    assert.equal(logged, 'before the start\n');
  },
  'paths that are not there are not found': async (bench) => {
    const { id } = await bench.create(['true']);
    await refused(() => bench.engine.containers.stat(id, '/nothing/here'), 'not-found');
    await refused(() => bench.engine.containers.read(id, '/nothing/here'), 'not-found');
    await refused(() => bench.engine.containers.write(id, '/nothing/here', once(tarOf({ x: 'x' }))), 'not-found');
  },
  'changes, size and export show what was written': async (bench) => {
    const { containers } = bench.engine;
    const { id } = await bench.start(shell('echo more > /added; rm /etc/group; echo x >> /etc/passwd'));
    assert.equal((await containers.wait(id)).code, 0);
    const changes = (await containers.changes(id)).map(({ path, kind }) => `${kind} ${path}`);
    for (const expected of ['added added', 'deleted etc/group', 'changed etc/passwd']) assert.ok(changes.includes(expected), `${expected} in ${changes.join(', ')}`);
    const { written, total } = await containers.size(id);
    assert.ok(written > 0 && total > written);
    const exported = await files(bytes(containers.export(id)));
    assert.equal(exported.added, 'more\n');
    assert.equal(exported['etc/group'], undefined);
  },
  'a commit makes an image of it': async (bench) => {
    const { containers, images } = bench.engine;
    const { id } = await bench.start(shell('echo kept > /kept'));
    await containers.wait(id);
    const image = await containers.commit(id, { message: 'a test', author: 'me', changes: ['ENV FROM=commit', 'CMD ["cat", "/kept"]'] });
    bench.after(() => images.remove(image.id, { force: true }));
    const { config } = await images.get(image.id);
    assert.ok(config.config?.Env?.includes('FROM=commit'));
    assert.deepEqual([...(config.config?.Cmd ?? [])], ['cat', '/kept']);
    const made = await bench.create([], { image: image.id, network: 'none' });
    await containers.start(made.id);
    await containers.wait(made.id);
    assert.equal((await Array.fromAsync(containers.logs(made.id))).map(({ data }) => Buffer.from(data).toString()).join(''), 'kept\n');
  },
};

export function tarOf(contents: Readonly<Record<string, string>>): Buffer {
  const chunks: Buffer[] = [];
  const writer = new TarWriter((chunk) => chunks.push(Buffer.from(chunk)));
  const folders = new Set(Object.keys(contents).flatMap((path) => path.split('/').slice(0, -1).map((_, place, parts) => parts.slice(0, place + 1).join('/'))));
  for (const path of folders) writer.add(tarEntry({ path, type: 'directory' }));
  for (const [path, text] of Object.entries(contents)) writer.add(tarEntry({ path, type: 'file', size: Buffer.byteLength(text) }), Buffer.from(text));
  writer.finish();
  return Buffer.concat(chunks);
}

/** The small files of a tar, by path. */
async function files(archive: Promise<Buffer>): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  let path = '';
  const reader = new TarReader({
    entry(entry) {
      path = entry.type === 'file' && entry.size < 10_000 ? entry.path.replace(/^\.?\//, '') : '';
      if (path !== '') found[path] = '';
    },
    hole() {},
    endEntry() {},
    data(chunk) {
      if (path !== '') found[path] += chunk.toString('utf8');
    },
  });
  reader.write(await archive);
  reader.end();
  return found;
}
