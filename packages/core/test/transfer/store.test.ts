import { afterAll, describe, it } from 'vitest';
import { parseReference, storeSink, storeSource } from '../../src/index.js';
import { imageSinkSuite, imageSourceSuite } from '../../src/testing/index.js';
import { EngineFixture } from '../engine/engine-fixture.js';

const name = parseReference('example.org/app:1');
const fixtures: EngineFixture[] = [];
const fixture = () => {
  const made = new EngineFixture();
  fixtures.push(made);
  return made;
};
afterAll(() => {
  for (const made of fixtures) made[Symbol.dispose]();
});

describe('the store as a source of images', () => {
  const suite = imageSourceSuite(async (image) => {
    const { content } = fixture();
    for (const [digest, bytes] of image.blobs) {
      await using writer = await content.writer({ ref: digest });
      await writer.write(bytes);
      await writer.commit();
    }
    return storeSource(content, image.root, 'the store');
  });
  for (const { name: title, run } of suite) it(title, run);
});

describe('the store as a sink', () => {
  const suite = imageSinkSuite(async () => {
    const { content, images } = fixture();
    const open = async () => storeSink({ content, images }, [name], { hold: () => {} });
    return {
      sink: await open(),
      again: open,
      source: async () => {
        const record = await images.get(name);
        if (!record) throw new Error('the image has no name');
        return storeSource(content, record.target, 'the store');
      },
    };
  });
  for (const { name: title, run } of suite) it(title, run);
});
