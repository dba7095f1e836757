import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { parseReference } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { boundCache } from '../src/cache/cache-usage.js';
import { base, Harness, isRoot } from './support/harness.js';

describe('the build cache', () => {
  it('shows what it holds, and prunes the least recently used first', async () => {
    using harness = new Harness({ runtime: false });
    const context = harness.tree('ctx', { a: 'a'.repeat(5000), b: 'b' });
    await harness.build('FROM scratch\nCOPY a /\n', context);
    await new Promise((resolve) => setTimeout(resolve, 5));
    const second = await harness.build('FROM scratch\nCOPY b /\n', context, { tags: [parseReference('localhost/kept:1')] });
    const [newer, older] = await harness.builder.cacheUsage();
    expect([newer, older]).toMatchObject([{ kind: 'layer', description: '[2/2] COPY b /' }, { kind: 'layer', description: '[2/2] COPY a /' }]);
    await harness.images.remove((await harness.images.list()).find((image) => image.target.digest !== second.root.digest)?.target.digest ?? second.root.digest);
    const pruned = await harness.builder.pruneCache({ keepBytes: newer?.bytes ?? 0 });
    expect(pruned.entries.map((entry) => entry.id)).toEqual([older?.id]);
    expect(await harness.content.stat(older?.id as `sha256:${string}`)).toBeUndefined();
    expect((await harness.build('FROM scratch\nCOPY b /\n', context)).decisions).toEqual({ 'stage/2': 'hit' });
    await harness.builder.pruneCache();
    expect(await harness.builder.cacheUsage()).toEqual([]);
    expect((await harness.build('FROM scratch\nCOPY b /\n', context)).decisions).toEqual({ 'stage/2': 'miss: gone: its result is not in the cache any more' });
    expect(await harness.text(second, 'b')).toBe('b');
  });

  it('stays within its bound', async () => {
    using harness = new Harness({ runtime: false });
    const context = harness.tree('ctx', { a: 'a', b: 'b', c: 'c' });
    for (const name of ['a', 'b', 'c']) await harness.build(`FROM scratch\nCOPY ${name} /\n`, context);
    const bytes = async () => (await harness.builder.cacheUsage()).reduce((sum, entry) => sum + entry.bytes, 0);
    const before = await bytes();
    await boundCache(harness.host, before);
    expect(await bytes()).toBe(before);
    await boundCache(harness.host, before - 1);
    expect(await bytes()).toBeLessThanOrEqual((before - 1) * 0.8);
  });

  it('forgets what it noted of contexts with the rest, and what explains misses when it is old', async () => {
    using harness = new Harness({ runtime: false });
    const context = harness.tree('ctx', { a: 'a' });
    const files = (name: string) => readdirSync(harness.path(`cache/${name}`)).map((file) => harness.path(`cache/${name}/${file}`));
    await harness.build('FROM scratch\nCOPY a /\n', context);
    // Digests of files that are just being written are not kept.
    mkdirSync(harness.path('cache/contexts'), { recursive: true });
    writeFileSync(harness.path('cache/contexts/digests'), '');
    expect([files('contexts').length, files('inputs').length]).toEqual([1, 1]);
    await harness.builder.pruneCache({ before: new Date(0) });
    expect([files('contexts').length, files('inputs').length]).toEqual([1, 1]);
    await harness.builder.pruneCache();
    expect([files('contexts').length, files('inputs').length]).toEqual([0, 1]);
    const longAgo = Date.now() / 1000 - 100 * 24 * 3600;
    for (const file of files('inputs')) utimesSync(file, longAgo, longAgo);
    harness.host.db.run('UPDATE build_inputs SET used = ?', longAgo * 1000);
    await harness.builder.pruneCache();
    expect(files('inputs')).toEqual([]);
    expect((await harness.build('FROM scratch\nCOPY a /\n', context)).decisions).toEqual({ 'stage/2': 'miss: first-build: it has not been built here before' });
  });

  it('remembers builds and how they ended', async () => {
    using harness = new Harness({ runtime: false });
    const context = harness.tree('ctx', { a: 'a' });
    const built = await harness.build('FROM scratch\nCOPY a /\n', context, { tags: [parseReference('localhost/one:1')] });
    await expect(harness.build('FROM scratch\nCOPY missing /\n', context)).rejects.toThrow();
    const history = await harness.builder.history();
    expect(history).toMatchObject([
      { status: 'failed', name: context, error: 'there is no "missing" in the build context' },
      { status: 'completed', name: 'localhost/one:1', imageId: built.imageId, steps: { total: 2 } },
    ]);
  });

  it.runIf(isRoot)('keeps cache mounts apart by ID, and prunes them', async () => {
    using harness = await Harness.withBase();
    await harness.build(`FROM ${base}\nRUN --mount=type=cache,id=one,target=/c --mount=type=cache,target=/d head -c 100000 /dev/zero > /c/f\n`);
    const mounts = (await harness.builder.cacheUsage()).filter((entry) => entry.kind === 'mount');
    expect(mounts.map((entry) => entry.id).sort()).toEqual(['/d', 'one']);
    expect(mounts.find((entry) => entry.id === 'one')?.bytes).toBeGreaterThan(100_000);
    await harness.builder.pruneCache({ kind: 'mount' });
    expect((await harness.builder.cacheUsage()).some((entry) => entry.kind === 'mount')).toBe(false);
    expect(existsSync(harness.path('cache/mounts'))).toBe(true);
    expect((await harness.build(`FROM ${base}\nRUN --mount=type=cache,id=one,target=/c test ! -e /c/f\n`)).steps.total).toBe(2);
  });

  it.runIf(isRoot)('lets two processes of one mind share their work', async () => {
    using harness = await Harness.withBase();
    const dockerfile = `FROM ${base}\nRUN sleep 0.5; head -c 16 /dev/urandom > /random\n`;
    const [one, two] = await Promise.all([harness.build(dockerfile), harness.build(dockerfile)]);
    expect(one.root).toEqual(two.root);
  });
});
