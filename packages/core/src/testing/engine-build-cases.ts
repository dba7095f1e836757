import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BuildEvent, BuildRequest } from '../engine/image-builder.js';
import { parseReference } from '../model/reference.js';
import { refused, shell, type EngineBench, type EngineCases } from './engine-harness.js';

export const buildCases: EngineCases = {
  'a Dockerfile becomes an image': async (bench) => {
    const { image, name } = await build(bench, { Dockerfile: `FROM ${bench.image}\nARG WHO\nENV WHO=$WHO\nCOPY . /app/\nCMD cat /app/hello && echo $WHO\n`, hello: 'hello from\n' }, { buildArgs: { WHO: 'a build' }, labels: { made: 'here' } });
    assert.equal(image.config.config?.Labels?.made, 'here');
    const { containers } = bench.engine;
    const { id } = await bench.create([], { image: name, network: 'none' });
    await containers.start(id);
    await containers.wait(id);
    assert.equal((await Array.fromAsync(containers.logs(id))).map(({ data }) => Buffer.from(data).toString()).join(''), 'hello from\na build\n');
  },
  'RUN runs, and what it prints is told': async (bench) => {
    const mark = bench.name();
    const { events } = await build(bench, { Dockerfile: `FROM ${bench.image}\nRUN echo ${mark} | tr a-z A-Z\n` }, { network: 'none' });
    assert.ok(events.some((event) => event.type === 'output' && event.text.includes(mark.toUpperCase())));
    assert.ok(events.some((event) => event.type === 'started'));
  },
  'the ignore file keeps files out of the context': async (bench) => {
    const { name } = await build(bench, { Dockerfile: `FROM ${bench.image}\nCOPY . /app/\n`, '.dockerignore': 'secret*\nnode_modules\n!node_modules/kept\n', secret1: 'x', open: 'x', 'node_modules/a': 'x', 'node_modules/kept': 'x' });
    const { output } = await bench.attach(shell('cd /app; find . -type f | sort'), { image: name, network: 'none' });
    const found = (await output.end()).split('\n').filter((path) => path !== '' && !/dockerignore|Dockerfile/.test(path));
    assert.deepEqual(found, ['./node_modules/kept', './open']);
  },
  'stages, targets and a Dockerfile elsewhere': async (bench) => {
    const { name } = await build(bench, { 'deploy/x.Dockerfile': `FROM ${bench.image} AS one\nCOPY a /a\nFROM ${bench.image} AS two\nCOPY --from=one /a /b\nFROM ${bench.image}\nCOPY nothing /\n`, a: 'copied' }, { target: 'two' }, 'deploy/x.Dockerfile');
    const { output } = await bench.attach(['cat', '/b'], { image: name, network: 'none' });
    assert.equal(await output.end(), 'copied');
  },
  'a RUN that fails fails the build': async (bench) => {
    await refused(() => build(bench, { Dockerfile: `FROM ${bench.image}\nRUN echo before; exit 42\n` }, { network: 'none' }), 'build-failed');
  },
  'a second build comes from the cache': async (bench) => {
    const files = { Dockerfile: `FROM ${bench.image}\nCOPY file /${bench.name()}\n`, file: 'x' };
    const first = await build(bench, files);
    const second = await build(bench, files);
    assert.equal(first.image.id, second.image.id);
    assert.ok(second.events.some((event) => event.type === 'done' && event.cached));
  },
  'a Dockerfile that is not there is not found': async (bench) => {
    await refused(() => build(bench, { file: 'x' }), 'not-found');
  },
};

async function build(bench: EngineBench, contents: Readonly<Record<string, string>>, more: Partial<BuildRequest> = {}, dockerfile?: string) {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-engine-suite-'));
  bench.after(async () => rmSync(folder, { recursive: true, force: true }));
  for (const [path, text] of Object.entries(contents)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  const name = `localhost/${bench.name()}:built`;
  const task = bench.engine.build({ context: { kind: 'folder', path: folder }, tags: [parseReference(name)], ...(dockerfile === undefined ? {} : { dockerfile: { path: join(folder, dockerfile) } }), ...more });
  const events: BuildEvent[] = [];
  for await (const event of task) events.push(event);
  const result = await task;
  bench.after(() => bench.engine.images.remove(name, { force: true }));
  const image = await bench.engine.images.get(name);
  assert.equal(image.id, result.imageId);
  return { name, image, events, result };
}
