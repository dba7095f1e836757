import type { ContainerSummary } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { containerFilter } from '../../src/flags/container-filters.js';
import { matchesPath } from '../../src/flags/glob.js';
import { containerListing } from '../../src/output/containers.js';
import { formatList, type Listing } from '../../src/output/list.js';
import { align, table } from '../../src/output/table.js';

describe('tables', () => {
  it('have columns as wide as the widest cell and three spaces more, ten at least', () => {
    expect(table(['ID', 'NAME', 'X'], [['1', 'a-rather-long-name', 'y'], ['22222222222', 'b', '']])).toBe('ID            NAME                 X\n1             a-rather-long-name   y\n22222222222   b                    ');
    expect(table(['DRIVER', 'VOLUME NAME'], [['local', 'data']])).toBe('DRIVER    VOLUME NAME\nlocal     data');
  });

  it('share widths among neighbouring lines only, as tabwriter has it', () => {
    expect(align('a\tb\nlonger-than-ten\tc\nno tabs\nx\ty')).toBe('a                 b\nlonger-than-ten   c\nno tabs\nx         y');
  });
});

const listing: Listing<{ name: string; size: number }> = {
  columns: ['Name', 'Size'],
  labels: ({ name }) => ({ 'com.example.tier-name': name }),
  fields: { Name: ['NAME', ({ name }) => name], Size: ['SIZE', ({ size }) => size] },
};
const items = [{ name: 'one', size: 1 }, { name: 'two', size: 2 }];

describe('lists', () => {
  it.each<[string | undefined, string]>([
    [undefined, 'NAME      SIZE\none       1\ntwo       2\n'],
    ['table', 'NAME      SIZE\none       1\ntwo       2\n'],
    ['table {{.Size}}', 'SIZE\n1\n2\n'],
    ['table {{.Size}}\\t{{.Name | upper}}', 'SIZE      NAME\n1         ONE\n2         TWO\n'],
    ['table {{.Label "com.example.tier-name"}}', 'tier name\none\ntwo\n'],
    ['json', '{"Name":"one","Size":1}\n{"Name":"two","Size":2}\n'],
    ['{{json .}}', '{"Name":"one","Size":1}\n{"Name":"two","Size":2}\n'],
    ['{{.Name}}', 'one\ntwo\n'],
    ['{{.Name}}\\t{{.Size}}', 'one\t1\ntwo\t2\n'],
    ['tables {{.Name}}', 'tables one\ntables two\n'],
  ])('%s', (format, expected) => {
    expect(formatList(listing, items, format)).toBe(expected);
  });

  it('that are empty have headings in tables alone', () => {
    expect(formatList(listing, [], 'table')).toBe('NAME      SIZE\n');
    expect(formatList(listing, [], '{{.Name}}')).toBe('');
    expect(formatList(listing, [], 'json')).toBe('');
  });

  it('tell of a wrong field even then', () => {
    expect(() => formatList(listing, [], '{{.Nothing}}')).toThrow('there is no field .Nothing');
  });
});

const container: ContainerSummary = {
  id: '0123456789abcdef'.repeat(4),
  name: 'web',
  created: new Date(Date.now() - 3 * 3600_000),
  image: { name: 'docker.io/library/nginx:1.27', id: `sha256:${'a'.repeat(64)}` },
  status: 'running',
  labels: { tier: 'front', b: '' },
  options: { network: 'backend' },
  process: { args: ['nginx', '-g', 'daemon off; and more words'] },
  exposed: ['80/tcp', '443/tcp', '444/tcp', '53/udp'],
  mounts: [{ kind: 'volume', type: 'bind', volume: 'data', source: '/var/lib/x', destination: '/data', options: [] }],
  state: {
    startedAt: new Date(Date.now() - 120_000).toISOString(),
    exitCode: 0,
    ports: [{ protocol: 'tcp', hostIp: '', hostPort: 8080, containerPort: 80 }, { protocol: 'tcp', hostIp: '', hostPort: 9001, containerPort: 9001 }, { protocol: 'tcp', hostIp: '', hostPort: 9002, containerPort: 9002 }],
    networks: [{ network: 'backend', networkId: 'f00', address: '10.0.0.2', prefix: 24, gateway: '10.0.0.1', macAddress: '' }],
    health: { status: 'healthy', failingStreak: 0, log: [] },
  },
};

describe('ps', () => {
  it.each([
    ['{{.ID}} {{.Image}} {{.Names}}', '0123456789ab nginx:1.27 web'],
    ['{{.Command}}', '"nginx -g \'daemon of…"'],
    ['{{.RunningFor}}, {{.Status}}', '3 hours ago, Up 2 minutes (healthy)'],
    ['{{.Ports}}', '0.0.0.0:8080->80/tcp, 0.0.0.0:9001-9002->9001-9002/tcp, 443-444/tcp, 53/udp'],
    ['{{.Labels}} {{.Label "tier"}}', 'b=,tier=front front'],
    ['{{.Mounts}} {{.LocalVolumes}} {{.Networks}} {{.State}}', 'data 1 backend running'],
  ])('%s', (format, expected) => {
    expect(formatList(containerListing({ truncate: true, size: false }), [container], format).trimEnd()).toBe(expected);
  });

  it.each<[string[], boolean]>([
    [['name=we'], true],
    [['name=^we$'], false],
    [['name=db', 'name=web'], true],
    [['id=0123'], true],
    [['label=tier'], true],
    [['label=tier=front', 'label=b'], true],
    [['label=tier=back'], false],
    [['status=running'], true],
    [['status=exited', 'status=paused'], false],
    [['ancestor=nginx'], true],
    [['ancestor=nginx:1.27'], true],
    [['ancestor=nginx:1.26'], false],
    [['ancestor=aaaa'], true],
    [['volume=data'], true],
    [['volume=/data'], true],
    [['network=backend'], true],
    [['publish=8080'], true],
    [['publish=8000-8100'], true],
    [['publish=80'], false],
    [['expose=53/udp'], true],
    [['health=healthy'], true],
    [['health=none'], false],
    [['since=web'], false],
  ])('-f %j', (filters, matches) => {
    expect(containerFilter(filters, [container])(container)).toBe(matches);
  });

  it.each(['nonsense=1', 'name', 'status=asleep', 'exited=x', 'health=fine', 'publish=x', 'before=nobody'])('refuses -f %s', (filter) => {
    expect(() => [container].filter(containerFilter([filter], [container]))).toThrow();
  });
});

it.each<[string, string, boolean]>([
  ['a*', 'abc', true],
  ['a*', 'a/b', false],
  ['*/app:*', 'me/app:1', true],
  ['a?c', 'abc', true],
  ['[a-c]x', 'bx', true],
  ['[^a-c]x', 'bx', false],
  ['\\*', '*', true],
  ['', '', true],
  [`${'*a'.repeat(30)}b`, 'a'.repeat(3000), false],
])('matches %s and %s', (pattern, path, matches) => {
  expect(matchesPath(pattern, path)).toBe(matches);
});
