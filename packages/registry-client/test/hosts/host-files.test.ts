import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseReference } from '@caisson/core';
import { scopedPath } from '../../src/api/repository.js';
import { defaultHosts, RegistryClient } from '../../src/index.js';
import { hostConfig } from '../../src/hosts/host-config.js';
import { endpointsOf } from '../../src/hosts/endpoint.js';

describe('defaultHosts', () => {
  let home: string;
  beforeEach(() => {
    home = mkdtempSync(join(tmpdir(), 'caisson-hosts-'));
  });
  afterEach(() => rmSync(home, { recursive: true, force: true }));
  const write = (name: string, text: string) => {
    const path = join(home, '.config', name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  };
  const hosts = (env: Record<string, string> = {}) => defaultHosts({ HOME: home, ...env });

  it("reads docker's mirrors and insecure registries", () => {
    write('docker/daemon.json', JSON.stringify({ 'registry-mirrors': ['https://mirror.example:5000'], 'insecure-registries': ['old.example:5000', 'http://older.example', '10.1.0.0/16'] }));
    const read = hosts();
    expect(read['docker.io']).toEqual({ mirrors: ['https://mirror.example:5000'] });
    expect(hostConfig('old.example:5000', read)).toEqual({ insecure: true });
    expect(hostConfig('older.example', read)).toEqual({ insecure: true });
    expect(hostConfig('10.1.2.3:5000', read)).toEqual({ insecure: true });
    expect(hostConfig('10.2.2.3:5000', read)).toEqual({});
    expect(hostConfig('old.example', read)).toEqual({});
  });

  it("reads containers' registries.conf, with mirrors that are insecure, blocked hosts and other locations", () => {
    write(
      'containers/registries.conf',
      `unqualified-search-registries = ["docker.io"]
[[registry]]
prefix = "docker.io"
location = "docker.io"
[[registry.mirror]]
location = "mirror.example:5000/library"
insecure = true
[[registry]]
location = "bad.example"
blocked = true
[[registry]]
prefix = "*.corp.example"
location = "corp.example"
insecure = true
[[registry]]
prefix = "here.example"
location = "there.example"
[[registry]]
prefix = "example.com/team"
location = "elsewhere.example/team"
`,
    );
    const read = hosts();
    expect(read['docker.io']).toEqual({ mirrors: ['mirror.example:5000/library'] });
    expect(read['mirror.example:5000']).toEqual({ insecure: true });
    expect(hostConfig('a.corp.example', read)).toEqual({ insecure: true, location: 'corp.example' });
    expect(read['corp.example']).toEqual({ insecure: true });
    expect(read['here.example']).toEqual({ location: 'there.example' });
    expect(read['example.com']).toBeUndefined();
    expect(() => endpointsOf({ domain: 'bad.example', path: 'app' }, read, 'pull')).toThrow('bad.example is blocked');
    expect(endpointsOf({ domain: 'docker.io', path: 'library/alpine' }, read, 'pull').map(({ authority, prefix, scheme }) => [authority, prefix, scheme])).toEqual([
      ['mirror.example:5000', 'library/', 'probe'],
      ['registry-1.docker.io', '', 'https'],
    ]);
  });

  const conf = `
[[registry]]
location = "example.com"
[[registry.mirror]]
location = "all.example"
[[registry]]
prefix = "example.com/team"
location = "real.example/group/team"
[[registry.mirror]]
location = "digests.example/t"
pull-from-mirror = "digest-only"
[[registry.mirror]]
location = "tags.example"
pull-from-mirror = "tag-only"
[[registry]]
prefix = "example.com/team/app"
location = "app.example/the/app"
[[registry]]
prefix = "example.com/team/old:1"
blocked = true
[[registry]]
prefix = "example.com/secret"
blocked = true
[[registry]]
prefix = "*.wild.example"
location = "wild.example/of"
[[registry]]
location = "digests.example.org"
mirror-by-digest-only = true
[[registry.mirror]]
location = "m.example"
`;
  const digest = `sha256:${'a'.repeat(64)}`;
  it.each([
    // The path of the part that is spoken of is replaced by the other place's.
    ['example.com/other/app:1', ['all.example/other/app', 'example.com/other/app']],
    ['example.com/team/web:1', ['tags.example/web', 'real.example/group/team/web']],
    [`example.com/team/web@${digest}`, ['digests.example/t/web', 'real.example/group/team/web']],
    ['example.com/team/app:1', ['app.example/the/app']],
    ['example.com/teamster/app:1', ['all.example/teamster/app', 'example.com/teamster/app']],
    ['example.com/team/old:12', ['tags.example/old', 'real.example/group/team/old']],
    ['a.wild.example/x:1', ['wild.example/of/x']],
    ['a.b.wild.example/x/y:1', ['wild.example/of/x/y']],
    ['wild.example/x:1', ['wild.example/x']],
    [`digests.example.org/x@${digest}`, ['m.example/x', 'digests.example.org/x']],
    ['digests.example.org/x:1', ['digests.example.org/x']],
  ])('pulls %s from where registries.conf says', (name, places) => {
    write('containers/registries.conf', conf);
    const reference = parseReference(name);
    expect(endpointsOf(reference, hosts(), 'pull').map((endpoint) => `${endpoint.authority}/${scopedPath(endpoint, reference)}`)).toEqual(places);
    // What is sent goes where its name says.
    expect(endpointsOf(reference, hosts(), 'push').map((endpoint) => `${endpoint.authority}/${scopedPath(endpoint, reference)}`)).toEqual([`${reference.domain}/${reference.path}`]);
  });

  it.each(['example.com/secret/x:1', 'example.com/secret:1', 'example.com/team/old:1'])('has nothing to do with %s', (name) => {
    write('containers/registries.conf', conf);
    for (const purpose of ['pull', 'push'] as const) expect(() => endpointsOf(parseReference(name), hosts(), purpose)).toThrow(/^example\.com\/(?:secret|team\/old) is blocked/);
  });

  it('lets files beside add, a named file replace, and docker have the last word', () => {
    write('containers/registries.conf', '[[registry]]\nlocation = "a.example"\ninsecure = true\n');
    write('containers/registries.conf.d/50-more.conf', '[[registry]]\nlocation = "b.example"\ninsecure = true\n');
    write('docker/daemon.json', '{"registry-mirrors":["https://m.example"]}');
    expect(Object.keys(hosts())).toEqual(expect.arrayContaining(['a.example', 'b.example', 'docker.io']));
    const other = write('other.conf', '[[registry]]\nlocation = "c.example"\ninsecure = true\n');
    const named = hosts({ CONTAINERS_REGISTRIES_CONF: other });
    expect(Object.keys(named).sort()).toEqual(['c.example', 'docker.io']);
  });

  it('names the file that makes no sense', () => {
    const daemon = write('docker/daemon.json', '{"registry-mirrors": "https://m.example"}');
    expect(() => hosts()).toThrow(`${daemon} makes no sense: registry-mirrors is no list of texts`);
    write('docker/daemon.json', '{');
    expect(() => hosts()).toThrow(`${daemon} cannot be read`);
    write('docker/daemon.json', '');
    const conf = write('containers/registries.conf', '[[registry]\n');
    expect(() => hosts()).toThrow(`${conf} cannot be read`);
    write('containers/registries.conf', '[[registry]]\ninsecure = true\n');
    expect(() => hosts()).toThrow('neither a location nor a prefix');
    write('containers/registries.conf', '[[registry]]\nlocation = "a.example"\n[[registry.mirror]]\nlocation = "b.example"\npull-from-mirror = "never"\n');
    expect(() => hosts()).toThrow('pull-from-mirror of b.example is none of');
    write('containers/registries.conf', '[[registry]]\ninsecure = true\n');
    expect(() => new RegistryClient({ env: { HOME: home } })).toThrow('neither a location nor a prefix');
  });
});
