import type { BuildRecord, ContainerSummary, Digest, Engine, ImageLayer, ImageSummary } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { containerNodes } from '../../src/views/containers.js';
import { imageNodes } from '../../src/views/images.js';
import { escapeMarkdown, matches, type TreeNode, type ViewOptions } from '../../src/views/node.js';
import { buildNodes } from '../../src/views/others.js';
import { RememberedOptions } from '../../src/views/remembered.js';
import { cpuTime } from '../../../../tests/cpu-time.js';

const digest = (n: number) => `sha256:${n.toString(16).padStart(64, '0')}` as Digest;
const image = (n: number, names: readonly string[], extra: Partial<ImageSummary> = {}): ImageSummary => ({ id: digest(n), target: { mediaType: '', digest: digest(n + 1000), size: 1 }, names, added: new Date(2026, 0, n), bytes: n * 1000, ...extra });
const options = (change: Partial<ViewOptions> = {}): ViewOptions => ({ group: 'repository', sort: 'name', filter: '', all: false, ...change });
const labels = (nodes: readonly TreeNode[]) => nodes.map((node) => node.label);
const noEngine = () => Promise.reject(new Error('not to be asked'));

describe('images', () => {
  const images = [image(1, ['docker.io/library/node:22', 'docker.io/library/node:9']), image(2, ['ghcr.io/acme/app:1']), image(3, [])];

  it('are grouped by repository, in the order that people count in', async () => {
    const nodes = imageNodes(images, options(), noEngine);
    expect(labels(nodes)).toEqual(['ghcr.io/acme/app', 'node']);
    expect(labels((await nodes[1]?.children?.()) ?? [])).toEqual(['9', '22']);
  });

  it('are grouped by registry or not at all, sorted by size, with nameless ones where asked for', () => {
    expect(labels(imageNodes(images, options({ group: 'registry', all: true }), noEngine))).toEqual(['docker.io', 'ghcr.io', 'Without a name']);
    expect(labels(imageNodes(images, options({ group: 'none', sort: 'size', all: true }), noEngine))).toEqual(['000000000000', 'ghcr.io/acme/app:1', 'node:22', 'node:9']);
  });

  it('are filtered by all words', () => {
    expect(labels(imageNodes(images, options({ group: 'none', filter: 'APP acme' }), noEngine))).toEqual(['ghcr.io/acme/app:1']);
  });

  it('ask for layers when they are opened, and show the top one first', async () => {
    const layers = [{ index: 0, empty: false, size: 5, createdBy: 'ADD rootfs.tar / # buildkit', comment: '' }, { empty: true, size: 0, createdBy: '/bin/sh -c #(nop)  CMD ["sh"]', comment: '' }] as unknown as ImageLayer[];
    const engine = async () => ({ images: { layers: async () => layers } }) as unknown as Engine;
    const [node] = imageNodes([image(1, ['docker.io/library/a:1'])], options({ group: 'none' }), engine);
    expect((await node?.children?.())?.map(({ label, description, context }) => [label, description, context])).toEqual([['CMD ["sh"]', '', 'layer.empty'], ['ADD rootfs.tar /', '5 B', 'layer']]);
  });

  it('of a store with ten thousand are shown', async () => {
    const many = Array.from({ length: 10_000 }, (_, n) => image(n, [`docker.io/acme/app${n % 500}:${n}`]));
    expect(await cpuTime(() => expect(imageNodes(many, options(), noEngine)).toHaveLength(500))).toBeLessThan(5000);
  });
});

describe('containers', () => {
  const container = (name: string, change: Partial<ContainerSummary> = {}): ContainerSummary => ({ id: name.repeat(8), name, created: new Date(2026, 0, 1), image: { name: 'app:1', id: digest(1) }, status: 'running', labels: {}, options: {}, process: { args: [] }, exposed: [], mounts: [], state: { exitCode: 0, ports: [], networks: [] }, ...change });
  const project = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'web' };
  const all = [container('shop-web-1', { labels: project }), container('lone'), container('old', { status: 'exited', state: { exitCode: 3, ports: [], networks: [] } })];
  const shown = (change: Partial<ViewOptions>) => containerNodes(all, options({ group: 'project', all: true, ...change }), () => []);

  it('of a compose project are together, by service; the others stand beside', async () => {
    const nodes = shown({});
    expect(labels(nodes)).toEqual(['shop', 'lone', 'old']);
    expect(nodes[0]?.description).toBe('1 of 1 running');
    expect(labels((await nodes[0]?.children?.()) ?? [])).toEqual(['web']);
  });

  it('that do not run may be hidden', () => {
    expect(labels(shown({ all: false, group: 'none', sort: 'name' }))).toEqual(['lone', 'shop-web-1']);
  });

  it('show state, health and ports', () => {
    const up = container('up', { statusText: 'Up 2 minutes (unhealthy)', state: { exitCode: 0, ports: [{ protocol: 'tcp', hostIp: '', hostPort: 8080, containerPort: 80 }], networks: [], health: { status: 'unhealthy', failingStreak: 3, log: [] } } });
    const [node] = containerNodes([up], options({ group: 'none' }), () => []);
    expect(node).toMatchObject({ description: 'Up (unhealthy) · 8080→80 · app:1', icon: 'warning', context: 'container.running.ports' });
    expect(shown({ group: 'none', sort: 'status' }).at(-1)).toMatchObject({ label: 'old', description: 'Exited (3) · app:1', icon: 'error', context: 'container.exited' });
  });
});

describe('builds', () => {
  it('are welcomed where there are none, and where the host tells of none that is said', () => {
    expect(buildNodes([], [], options())).toEqual([]);
    expect(buildNodes([], [], options(), 'docker')).toMatchObject([{ label: 'History', description: 'not told by docker' }, { label: 'Cache', description: '0 B' }]);
    expect(buildNodes([], [], options(), 'docker')[0]?.children).toBeUndefined();
  });

  it('are called as people call images', async () => {
    const build = (name: string) => ({ id: name, name, status: 'completed', started: new Date(), steps: { total: 1, cached: 0 } }) as unknown as BuildRecord;
    const [history] = buildNodes([build('docker.io/library/shop:latest'), build('/home/me/shop')], [], options());
    expect(labels((await history?.children?.()) ?? [])).toEqual(['shop:latest', '/home/me/shop']);
  });
});

describe('views', () => {
  it('remember how they are shown', async () => {
    const kept = new Map<string, unknown>();
    const store = { get: <T>(key: string) => kept.get(key) as T | undefined, update: async (key: string, value: unknown) => void kept.set(key, value) };
    await new RememberedOptions(store, 'images', options()).change({ sort: 'size' });
    expect(new RememberedOptions(store, 'images', options()).value).toEqual(options({ sort: 'size' }));
    expect(new RememberedOptions(store, 'containers', options()).value.sort).toBe('name');
  });

  it('filter by words in any order, and write nothing that Markdown would take for its own', () => {
    expect(matches('', undefined)).toBe(true);
    expect(matches('b a', 'xA', 'yB')).toBe(true);
    expect(matches('c', 'a', undefined)).toBe(false);
    expect(escapeMarkdown('[x](command:rm) *b* <i>')).toBe('\\[x\\]\\(command:rm\\) \\*b\\* \\<i\\>');
  });
});
