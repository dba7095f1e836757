import { rmSync, symlinkSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { sha256, TarWriter, tarEntry, type BuildRequest, type ContainerDefaults, type TarEntry } from '@caisson/core';
import { Harness } from './support/harness.js';

/** A base that has /bin as a link, as Debian has it, and /tmp open to all. */
const files: readonly Partial<TarEntry>[] = [
  { path: 'bin', type: 'symlink', linkname: 'usr/bin' },
  { path: 'etc', type: 'directory' },
  { path: 'etc/passwd', type: 'file', size: 25 },
  { path: 'srv', type: 'directory' },
  { path: 'tmp', type: 'directory', mode: 0o1777 },
  { path: 'usr', type: 'directory' },
  { path: 'usr/bin', type: 'directory' },
];
const passwd = Buffer.from('web:x:7:8::/:/bin/false\n\n');

function tarOf(entries: readonly Partial<TarEntry>[]): Buffer {
  const chunks: Buffer[] = [];
  const tar = new TarWriter((chunk) => void chunks.push(Buffer.from(chunk)));
  for (const entry of entries) tar.add(tarEntry(entry as TarEntry), entry.type === 'file' ? passwd : undefined);
  tar.finish();
  return Buffer.concat(chunks);
}

/** A builder whose base's layer lies in a registry, that counts how often it comes; `local` has it in the store from the first. */
class Remote implements Disposable {
  fetched = 0;
  readonly harness: Harness;
  readonly #layer: Buffer;

  constructor(layer: Buffer) {
    this.#layer = layer;
    this.harness = new Harness({
      runtime: false,
      change: (host) => ({
        ...host,
        fetchLayer: async (_reference, image) => {
          this.fetched++;
          await using writer = await host.content.writer({ ref: 'layer', expected: image.manifest.layers[0]! });
          await writer.write(this.#layer);
          await writer.commit();
        },
      }),
    });
  }

  static async of({ entries = files, config = {}, local = false }: { entries?: readonly Partial<TarEntry>[]; config?: ContainerDefaults; local?: boolean } = {}): Promise<Remote> {
    const remote = new Remote(tarOf(entries));
    await remote.harness.importImage('registry.test/base:1', remote.#layer, config);
    if (!local) rmSync(remote.harness.content.pathOf(sha256(remote.#layer)));
    return remote;
  }

  context(): string {
    const context = this.harness.tree('ctx', { a: 'a', 'sub/b': 'b', 'rootfs/etc/c': 'c' });
    symlinkSync('/bin', `${context}/sub/link`);
    return context;
  }

  async build(dockerfile: string, request: Partial<BuildRequest> = {}) {
    const before = this.fetched;
    const built = await this.harness.build(`FROM registry.test/base:1\n${dockerfile}\n`, this.harness.path('ctx'), request);
    return { root: built.root, decisions: built.decisions, fetched: this.fetched - before, notes: built.events.flatMap((event) => (event.type === 'note' ? [`${event.step}: ${event.message}`] : [])) };
  }

  [Symbol.dispose](): void {
    this.harness[Symbol.dispose]();
  }
}

/** Dockerfile, and what is said of why the layers are read; nothing where they are not. */
const cases: Readonly<Record<string, readonly [string, string?]>> = {
  'the usual': ['WORKDIR /app\nCOPY . .\nENV A=1\nCMD ["x"]'],
  'files and folders one after the other': ['COPY a /app/\nCOPY sub /app/sub\nCOPY --chmod=700 a /app/x/y\nWORKDIR /app/x/z'],
  'a file at the root': ['COPY a /server'],
  'files into the root': ['COPY a sub /'],
  'an owner by number, or root': ['COPY --chown=5:6 a /app/\nCOPY --chown=root:root a /app/b'],
  'text': ['COPY <<one /app/\ntext\none'],
  'a folder that may be a link': ['COPY a /bin/tool', 'stage/2: reads the layers of registry.test/base:1: it may have /bin, as a folder or a link; COPY --link needs none of it'],
  'a folder that all have': ['WORKDIR /srv/app', 'stage/2: reads the layers of registry.test/base:1: it may have /srv, as a folder or a link'],
  'folders of the base among what goes into the root': ['COPY rootfs /', 'stage/2: reads the layers of registry.test/base:1: it may have what is copied to / as links or other folders; COPY --link needs none of it'],
  "a link of the stage's own that leads out": ['COPY sub /app/\nADD a /app/link/', 'stage/3: reads the layers of registry.test/base:1: /app leads to a folder that it may have; ADD --link needs none of it'],
  'an owner by name': ['COPY --chown=web a /app/', "stage/2: reads the layers of registry.test/base:1: its /etc/passwd and /etc/group tell who web is"],
};

describe('a base whose layers are in a registry', () => {
  it.each(Object.entries(cases))('%s: the same image as with its layers here', async (_, [dockerfile, note]) => {
    using remote = await Remote.of();
    using here = await Remote.of({ local: true });
    remote.context();
    here.context();
    const built = await remote.build(dockerfile);
    expect(built.notes).toEqual(note === undefined ? [] : [note]);
    expect(built.fetched).toBe(note === undefined ? 0 : 1);
    const expected = await here.build(dockerfile);
    expect(built.root).toEqual(expected.root);
    expect([expected.fetched, expected.notes]).toEqual([0, []]);
    // And once more, from the cache.
    expect(await remote.build(dockerfile)).toMatchObject({ fetched: 0, notes: [], root: expected.root, decisions: Object.fromEntries(Object.keys(built.decisions).map((step) => [step, expect.stringMatching(note === undefined ? /^hit$/ : /^hit$|here now$/)])) });
  });

  it('reads them where its config has the name', async () => {
    using remote = await Remote.of({ config: { Env: ['HOME=/app'] } });
    remote.context();
    expect(await remote.build('COPY a /app/')).toMatchObject({ fetched: 1, notes: ['stage/2: reads the layers of registry.test/base:1: it may have /app, as a folder or a link; COPY --link needs none of it'] });
  });

  it('reads them where that is asked for, and believes no guess then', async () => {
    using remote = await Remote.of({ entries: [...files, { path: 'app', type: 'symlink', linkname: 'srv' }] });
    remote.context();
    const guessed = await remote.build('COPY a /app/');
    expect(guessed.fetched).toBe(0);
    const sure = await remote.build('COPY a /app/', { baseFiles: 'always' });
    expect([sure.fetched, sure.notes]).toEqual([1, ['stage/2: reads the layers of registry.test/base:1: its files are always to be read; COPY --link needs none of it']]);
    expect(sure.root).not.toEqual(guessed.root);
    // Whoever has the layers goes by them.
    expect(await remote.build('COPY a /app/')).toMatchObject({ root: sure.root, decisions: { 'stage/2': 'hit' } });
  });

  it('makes sure of a guess once the layers are there', async () => {
    using remote = await Remote.of();
    remote.context();
    const guessed = await remote.build('WORKDIR /app\nCOPY . .');
    await remote.build('WORKDIR /app\nCOPY . .\nCOPY a /bin/');
    const sure = await remote.build('WORKDIR /app\nCOPY . .');
    expect(sure.root).toEqual(guessed.root);
    expect(Object.values(sure.decisions)).toEqual(["miss: settings: the base's layers, which it was made without, are here now", "miss: settings: the base's layers, which it was made without, are here now"]);
    expect(Object.values((await remote.build('WORKDIR /app\nCOPY . .')).decisions)).toEqual(['hit', 'hit']);
  });
});
