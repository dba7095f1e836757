import { describe, expect, it } from 'vitest';
import { activatedSockets, chooseSockets } from '../../src/daemon/activation.js';
import { describeAddress, isLoopback, parseHost } from '../../src/daemon/hosts.js';
import { idleFeatures, mergeConfig, parseDaemonConfig } from '../../src/daemon/settings.js';
import { checkExposure } from '../../src/daemon/tls.js';

describe('daemon.json', () => {
  const parse = (text: string) => parseDaemonConfig(text, 'daemon.json');

  it('takes docker’s settings', () => {
    expect(parse('{"data-root":"/d","hosts":["unix:///s"],"debug":true,"log-opts":{"max-size":"1m"},"default-address-pools":[{"base":"10.0.0.0/8","size":24}],"shutdown-timeout":5}')).toMatchObject({ 'data-root': '/d', 'shutdown-timeout': 5 });
    expect(parse(' \n')).toEqual({});
  });

  it('names all that it does not know', () => {
    expect(() => parse('{"no-such":1,"debug":true,"other":2}')).toThrow('daemon.json has settings that are not known: no-such, other');
  });

  it.each(['[]', '{', '{"debug":"yes"}', '{"hosts":"unix:///s"}', '{"shutdown-timeout":-1}', '{"log-opts":{"a":1}}', '{"default-address-pools":[{}]}', '{"live-restore":false}'])('refuses %s', (text) => {
    expect(() => parse(text)).toThrow(/^daemon\.json/);
  });

  it('tells which features are switched to no effect', () => {
    expect(idleFeatures(parse('{"features":{"buildkit":false,"containerd-snapshotter":true,"cdi":false}}'))).toEqual(['containerd-snapshotter', 'cdi']);
    expect(idleFeatures(parse('{"features":{"buildkit":true}}'))).toEqual([]);
    expect(idleFeatures(parse('{}'))).toEqual([]);
    expect(() => parse('{"features":{"buildkit":"no"}}')).toThrow('daemon.json: features must be an object of true and false');
  });

  it('says nothing twice', () => {
    expect(mergeConfig({ debug: true }, { labels: ['a=b'] }, 'f')).toEqual({ debug: true, labels: ['a=b'] });
    expect(() => mergeConfig({ debug: true }, { debug: true }, 'f')).toThrow('said on the command line and in f as well: debug');
  });
});

describe('addresses', () => {
  it.each([
    ['unix:///run/x.sock', 'unix:///run/x.sock'],
    ['tcp://0.0.0.0:1234', 'tcp://0.0.0.0:1234'],
    ['tcp://', 'tcp://127.0.0.1:2375'],
    ['tcp://[::1]:9', 'tcp://[::1]:9'],
    [':2400', 'tcp://127.0.0.1:2400'],
    ['fd://', 'fd://'],
    ['fd://web', 'fd://web'],
  ])('%s', (text, meaning) => {
    expect(describeAddress(parseHost(text, { tls: false }))).toBe(meaning);
  });

  it('has the port of TLS with TLS', () => {
    expect(parseHost('tcp://', { tls: true })).toMatchObject({ port: 2376 });
  });

  it.each(['unix://relative', `unix:///${'x'.repeat(120)}`, 'tcp://a:99999', 'tcp://a/b', 'ssh://x'])('refuses %s', (text) => {
    expect(() => parseHost(text, { tls: false })).toThrow('is no address to listen on');
  });

  it('knows what only this machine can reach', () => {
    expect(['127.0.0.1', 'localhost', '::1', '127.1.2.3', '0.0.0.0', '128.0.0.1'].map(isLoopback)).toEqual([true, true, true, true, false, false]);
  });

  it('lets nobody in over tcp by mistake', () => {
    const tcp = [parseHost('tcp://127.0.0.1:1', { tls: false })];
    expect(() => checkExposure(tcp, {}, false)).toThrow('would let every user and program of this machine become root here');
    expect(() => checkExposure([parseHost('tcp://0.0.0.0:1', { tls: false })], { tls: true }, false)).toThrow('whoever can reach this machine');
    checkExposure(tcp, { tlsverify: true }, false);
    checkExposure(tcp, {}, true);
    checkExposure([parseHost('unix:///x', { tls: false })], {}, false);
  });
});

describe('sockets from systemd', () => {
  it('are taken from the environment, once', () => {
    const env = { LISTEN_PID: String(process.pid), LISTEN_FDS: '2', LISTEN_FDNAMES: 'api:web' };
    const sockets = activatedSockets(env);
    expect(sockets).toEqual([{ fd: 3, name: 'api' }, { fd: 4, name: 'web' }]);
    expect(env).toEqual({});
    expect(chooseSockets(sockets, undefined)).toEqual([3, 4]);
    expect(chooseSockets(sockets, 'web')).toEqual([4]);
    expect(() => chooseSockets(sockets, 'other')).toThrow('no socket named other');
  });

  it('are those of no other process', () => {
    expect(activatedSockets({ LISTEN_PID: '1', LISTEN_FDS: '2' })).toEqual([]);
    expect(() => chooseSockets([], undefined)).toThrow('no sockets were handed over');
  });
});
