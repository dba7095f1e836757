import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseImageStore, mediaTypes, parseReference, sha256, StateDatabase } from '../../src/index.js';

describe('images in the state database', () => {
  let folder: string;
  let db: StateDatabase;
  let images: DatabaseImageStore;
  const index = () => join(folder, 'index.json');
  const image = (text: string) => ({ target: { mediaType: mediaTypes.manifest, digest: sha256(text), size: text.length }, id: sha256(`id ${text}`) });
  const name = parseReference('localhost/app:1');
  const named = () => (JSON.parse(readFileSync(index(), 'utf8')) as { manifests: { digest: string; annotations?: Record<string, string> }[] }).manifests.map((one) => [one.digest, one.annotations?.['org.opencontainers.image.ref.name']]);
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'caisson-images-'));
    db = new StateDatabase(join(folder, 'state.db'));
    images = new DatabaseImageStore(db, index());
  });
  afterEach(() => {
    db.close();
    rmSync(folder, { recursive: true, force: true });
  });

  it('writes nothing for what it has under these names already', async () => {
    const first = await images.put(image('a'), [name]);
    const state = () => {
      const { ino, mtimeNs } = statSync(index(), { bigint: true });
      return { ino, mtimeNs };
    };
    const before = state();
    expect(await images.put(image('a'), [name])).toEqual(first);
    expect(await images.put(image('a'), [])).toEqual(first);
    expect(state()).toEqual(before);
    rmSync(index());
    await images.put(image('a'), [name]);
    expect(named()).toEqual([[sha256('a'), 'localhost/app:1']]);
  });

  it('knows the digest that a repository has an image under, and finds it by that', async () => {
    const { target } = await images.put(image('a'), [name]);
    expect((await images.get(name))?.pushed).toBeUndefined();
    await images.notePushed(target.digest, name, sha256('compressed'));
    expect((await images.get(name))?.pushed).toEqual([`localhost/app@${sha256('compressed')}`]);
    expect((await images.find(sha256('compressed')))?.target.digest).toBe(target.digest);
    // The next push takes the last one's place; one that changes nothing leaves nothing to tell.
    await images.notePushed(target.digest, name, sha256('zstd'));
    await images.notePushed(target.digest, parseReference('localhost/other:2'), sha256('compressed'));
    expect((await images.list()).map(({ pushed }) => pushed)).toEqual([[`localhost/app@${sha256('zstd')}`, `localhost/other@${sha256('compressed')}`]]);
    await images.notePushed(target.digest, name, target.digest);
    expect((await images.get(name))?.pushed).toEqual([`localhost/other@${sha256('compressed')}`]);
    await images.remove(target.digest);
    expect(await images.find(sha256('compressed'))).toBeUndefined();
    await images.notePushed(target.digest, name, sha256('compressed'));
    expect(db.all('SELECT * FROM pushed')).toEqual([]);
  });

  it('gives a name to the image that got it last', async () => {
    await images.put(image('a'), [name]);
    await images.put(image('b'), [name]);
    expect(named()).toEqual([[sha256('a'), undefined], [sha256('b'), 'localhost/app:1']]);
    await images.put(image('a'), [name]);
    expect(named()).toEqual([[sha256('b'), undefined], [sha256('a'), 'localhost/app:1']]);
    expect((await images.get(name))?.target.digest).toBe(sha256('a'));
  });
});
