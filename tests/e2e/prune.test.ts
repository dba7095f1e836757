import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, Sandbox } from './support.js';

describe.skipIf(!isRoot)('what takes room, and how it goes (needs root to run containers)', () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = Sandbox.withBase();
  });
  afterAll(() => sandbox.dispose());
  const names = () => (JSON.parse(`[${sandbox.ok('ps', '-a', '--format', 'json').split('\n').join()}]`) as { Names: string }[]).map(({ Names }) => Names).sort();

  it('prunes containers by label and age', () => {
    for (const [name, ...labels] of [['a', '--label', 'keep'], ['b', '--label', 'env=test'], ['c']] as const) sandbox.ok('create', '--name', name, '--network', 'none', ...labels, 'localhost/busybox:1', 'true');
    sandbox.ok('run', '-d', '--name', 'running', '--network', 'none', 'localhost/busybox:1', 'sleep', '1000');
    expect(sandbox.ok('container', 'prune', '-f', '--filter', 'until=1h')).toContain('Total reclaimed space: 0B');
    sandbox.ok('container', 'prune', '-f', '--filter', 'label=env=other');
    expect(names()).toEqual(['a', 'b', 'c', 'running']);
    sandbox.ok('container', 'prune', '-f', '--filter', 'label=env');
    expect(names()).toEqual(['a', 'c', 'running']);
    expect(sandbox.ok('container', 'prune', '-f', '--filter', 'label!=keep')).toContain('Deleted: ');
    expect(names()).toEqual(['a', 'running']);
    expect(sandbox.fail('container', 'prune', '-f', '--filter', 'name=x').stderr).toContain('is not a filter');
    expect(sandbox.run(['container', 'prune']).stderr).toContain('use -f');
  });

  it('prunes networks that nobody is to be in', () => {
    sandbox.ok('network', 'create', '--label', 'l=1', 'used');
    sandbox.ok('network', 'create', '--label', 'l=1', 'free');
    sandbox.ok('create', '--name', 'n', '--network', 'used', 'localhost/busybox:1', 'true');
    sandbox.ok('network', 'prune', '-f', '--filter', 'label=l=2');
    expect(sandbox.ok('network', 'ls')).toContain('free');
    expect(sandbox.ok('network', 'prune', '-f', '--filter', 'label=l=1')).toBe('Deleted: free');
    expect(sandbox.ok('network', 'ls')).toContain('used');
    sandbox.ok('rm', 'n');
    expect(sandbox.ok('network', 'prune', '-f')).toBe('Deleted: used');
  });

  it('tells what pruned volumes took', () => {
    sandbox.ok('run', '--name', 'v', '--network', 'none', '-v', '/data', 'localhost/busybox:1', 'sh', '-c', 'dd if=/dev/zero of=/data/zeros bs=1000000 count=3 2>/dev/null');
    expect(sandbox.ok('volume', 'prune', '-f')).toBe('Total reclaimed space: 0B');
    sandbox.ok('rm', 'v');
    sandbox.ok('volume', 'create', '--label', 'x', 'named');
    expect(sandbox.ok('volume', 'prune', '-f', '--filter', 'label!=y')).toMatch(/Total reclaimed space: 3(\.\d+)?MB$/);
    expect(sandbox.ok('volume', 'prune', '-af', '--filter', 'label=x')).toContain('Deleted: named');
  });

  it('shows disk usage in rows, in detail and by template', () => {
    const rows = sandbox.ok('system', 'df').split('\n');
    expect(rows[0]).toMatch(/^TYPE +TOTAL +ACTIVE +SIZE +RECLAIMABLE$/);
    expect(rows.slice(1).map((row) => row.split(/ {2,}/)[0])).toEqual(['Images', 'Containers', 'Local Volumes', 'Build Cache']);
    expect(sandbox.ok('system', 'df', '--format', '{{.Type}}={{.TotalCount}}/{{.Active}}').split('\n').slice(0, 2)).toEqual(['Images=1/1', 'Containers=2/1']);
    const text = sandbox.ok('system', 'df', '-v');
    expect(text).toContain('localhost/busybox');
    expect(text).toContain('running');
    const { images } = JSON.parse(sandbox.ok('system', 'df', '-v', '--format', 'json')) as { images: { bytes: number }[] };
    expect(images[0]?.bytes).toBeGreaterThan(1_000_000);
  });

  it('prunes the whole system', () => {
    const folder = sandbox.tree('context', { Dockerfile: 'FROM localhost/busybox:1\nCOPY f /f\n', f: 'x' });
    sandbox.ok('build', '-t', 'first', folder);
    sandbox.tree('context', { f: 'y' });
    sandbox.ok('build', '-t', 'first', folder);
    expect(sandbox.ok('system', 'prune', '-f')).toContain('Total reclaimed space');
    expect(sandbox.ok('images', '-q').split('\n')).toHaveLength(2);
    sandbox.ok('system', 'prune', '-af', '--volumes');
    // A container runs on it.
    expect(sandbox.ok('images', '-q').split('\n')).toHaveLength(1);
    expect(sandbox.ok('images')).toContain('localhost/busybox');
    sandbox.ok('rm', '-f', 'running');
    sandbox.ok('system', 'prune', '-af');
    expect(sandbox.ok('images', '-q')).toBe('');
    expect(sandbox.ok('system', 'check')).toContain('0 blobs and 0 images checked: all is well');
  });

  it('prunes images by label and age', () => {
    const folder = sandbox.tree('labelled', { Dockerfile: 'FROM scratch\nLABEL stage=ci\nCOPY Dockerfile /\n' });
    sandbox.ok('build', '-t', 'labelled', folder);
    sandbox.ok('image', 'prune', '-af', '--filter', 'label!=stage');
    sandbox.ok('image', 'prune', '-af', '--filter', 'label=stage=other');
    sandbox.ok('image', 'prune', '-f', '--filter', 'dangling=true');
    expect(sandbox.ok('images', '-q')).not.toBe('');
    expect(sandbox.ok('image', 'prune', '-af', '--filter', 'label=stage=ci')).toMatch(/^Untagged: labelled:latest\nDeleted: sha256:/);
  });

  it('tells of it as docker does', () => {
    sandbox.ok('build', '-t', 'told:1', sandbox.tree('told', { Dockerfile: 'FROM scratch\nCOPY Dockerfile /\n' }));
    const id = sandbox.ok('images', '-q', '--no-trunc', 'told:1');
    sandbox.ok('tag', 'told:1', 'told:2');
    sandbox.ok('save', '-o', sandbox.path('told.tar'), 'told:1', 'told:2');
    sandbox.ok('rmi', 'told:1');
    sandbox.ok('volume', 'create', 'unused');
    const reclaimed = /Total reclaimed space: (.*)/.exec(sandbox.ok('volume', 'prune', '-af'))?.[1];
    for (const kind of ['container', 'image', 'network', 'builder']) sandbox.ok(kind, 'prune', kind === 'image' ? '-af' : '-f');
    const events = sandbox.ok('events', '--since', '1h', '--until', '0s', '--format', 'json').split('\n').map((line) => JSON.parse(line) as { Type: string; Action: string; id?: string; Actor: { ID: string; Attributes: Record<string, string> } });
    const images = events.filter(({ Type, Actor }) => Type === 'image' && Actor.ID === id).map(({ Action, Actor }) => [Action, Actor.Attributes.name]);
    expect(images).toEqual([['tag', 'told:2'], ['save', id], ['untag', id], ['untag', id], ['delete', id]]);
    const pruned = events.filter(({ Action }) => Action === 'prune').slice(-5);
    expect(pruned.map(({ Type }) => Type)).toEqual(['volume', 'container', 'image', 'network', 'builder']);
    expect(pruned.every(({ Actor, ...event }) => Actor.ID === '' && /^\d+$/.test(Actor.Attributes.reclaimed ?? '') && event.id === undefined)).toBe(true);
    // What an empty folder takes is the file system's affair.
    expect(pruned[0]?.Actor.Attributes.reclaimed === '0').toBe(reclaimed === '0B');
  });
});
