import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
    expect(hostConfig('a.corp.example', read)).toEqual({ insecure: true });
    expect(read['here.example']).toEqual({ mirrors: ['there.example'] });
    expect(read['example.com']).toBeUndefined();
    expect(() => endpointsOf('bad.example', read, 'pull')).toThrow('bad.example is blocked');
    expect(endpointsOf('docker.io', read, 'pull').map(({ authority, prefix, scheme }) => [authority, prefix, scheme])).toEqual([
      ['mirror.example:5000', 'library/', 'probe'],
      ['registry-1.docker.io', '', 'https'],
    ]);
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
    expect(() => new RegistryClient({ env: { HOME: home } })).toThrow('neither a location nor a prefix');
  });
});
