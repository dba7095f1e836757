import { expect, it } from 'vitest';
import { CaissonError, type RegistryAccess } from '../../../src/index.js';
import { memoryImage, memorySource } from '../../../src/testing/index.js';
import { EngineFixture } from '../engine-fixture.js';

const windows = (version: string) => ({ os: 'windows', architecture: 'amd64', 'os.version': version });
const host = windows('10.0.20348');

function registry(image: ReturnType<typeof memoryImage>): { access: RegistryAccess; reads: ReadonlyMap<string, number> } {
  const source = memorySource(image);
  const none = () => Promise.reject(new CaissonError('unsupported', 'not in this test'));
  return { reads: source.reads, access: { source: () => source, sink: () => { throw new CaissonError('unsupported', 'not in this test'); }, login: none, inspect: none, search: none } };
}

it.each([
  ['a manifest, whose config alone says so', [windows('10.0.26100.1')]],
  ['an index', [windows('10.0.26100.1'), windows('10.0.25398.1')]],
])('an image for a later Windows is refused before any of its layers moves: %s', async (_what, platforms) => {
  const { access, reads } = registry(memoryImage({ platforms }));
  using fixture = new EngineFixture({ registry: async () => access });
  await expect(fixture.engine.images.pull('localhost/later:1', { platform: host })).rejects.toMatchObject({ code: 'not-found', message: expect.stringMatching(/10\.0\.20348.*10\.0\.26100\.1/) as string, hint: 'choose an image for this build of Windows or an earlier one' });
  expect([...reads]).toEqual([]);
  expect(await fixture.engine.images.list()).toEqual([]);
});

it('of several the one for this build is pulled, and no other', async () => {
  const image = memoryImage({ platforms: [windows('10.0.26100.1'), windows('10.0.17763.1'), windows('10.0.20348.9')] });
  const { access, reads } = registry(image);
  using fixture = new EngineFixture({ registry: async () => access });
  await fixture.engine.images.pull('localhost/some:1', { platform: host });
  const { config } = await fixture.engine.images.get('localhost/some:1', { platform: host });
  expect(config['os.version']).toBe('10.0.20348.9');
  // Its config and three layers.
  expect(reads.size).toBe(4);
});
