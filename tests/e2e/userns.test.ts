import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { release } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnNetwork } from './own-network.js';
import { isRoot, leftovers, Sandbox, untilTrue } from './support.js';

const image = 'localhost/busybox:1';
const [major = 0, minor = 0] = release().split('.').map(Number);
const canMap = major > 5 || (major === 5 && minor >= 19);

describe.skipIf(!isRoot || !canMap)('user namespaces (need root and Linux 5.19)', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
    expect(box.fail('run', '--rm', '--userns', 'auto', image, 'true').stderr).toMatch(/cannot get to their files/);
    chmodSync(box.folder, 0o711);
  });
  afterAll(() => box?.dispose());
  const firstId = (name: string) => Number(/^\s*0\s+(\d+)/.exec(box.ok('exec', name, 'cat', '/proc/self/uid_map'))?.[1]);

  it('give each container IDs of its own, and files the owners they have in the image', () => {
    for (const name of ['a', 'b']) box.ok('run', '-d', '--name', name, '--userns', 'auto', image, 'sleep', '600');
    expect(firstId('a')).toBeGreaterThanOrEqual(0x80000);
    expect(firstId('b')).not.toBe(firstId('a'));
    expect(statSync(`/proc/${box.ok('inspect', '-f', '{{.State.Pid}}', 'a')}`).uid).toBe(firstId('a'));
    expect(box.ok('exec', 'a', 'stat', '-c', '%u:%g', '/bin', '/etc/hosts', '/etc/passwd').split('\n')).toEqual(['0:0', '0:0', '0:0']);
    expect(box.ok('exec', '-u', '1000', 'a', 'id', '-u')).toBe('1000');
  });

  it('keep the container’s own IDs on the disk, in volumes and in images made of it', () => {
    box.ok('run', '--name', 'writes', '--userns', 'auto', '-v', 'data:/data', image, 'sh', '-c', 'touch /data/root /data/user /own; chown 1000:50 /data/user /own');
    expect(box.ok('run', '--rm', '-v', 'data:/data', image, 'stat', '-c', '%u:%g', '/data/root', '/data/user').split('\n')).toEqual(['0:0', '1000:50']);
    expect(box.ok('diff', 'writes').split('\n')).toEqual(['A /own']);
    box.ok('commit', 'writes', 'made');
    expect(box.ok('run', '--rm', 'made', 'stat', '-c', '%u:%g', '/own')).toBe('1000:50');
    box.ok('rm', 'writes');
  });

  it('can network, stop and start again', () => {
    expect(box.ok('exec', 'a', 'ping', '-c', '1', '-W', '2', box.ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'b'))).toMatch(/1 packets received/);
    box.ok('exec', 'a', 'touch', '/mark');
    box.ok('restart', '-t', '0', 'a');
    expect(box.ok('exec', 'a', 'stat', '-c', '%u', '/mark')).toBe('0');
  });

  it('are looked through by cp', () => {
    box.ok('exec', 'a', 'sh', '-c', 'echo mine > /mine; chown 1000:50 /mine');
    expect(spawnSync('tar', ['tvf', '-', '--numeric-owner'], { input: box.run(['cp', 'a:/mine', '-']).stdout, encoding: 'utf8' }).stdout).toMatch(/1000\/50/);
    box.ok('cp', box.write('given', 'text'), 'a:/given');
    expect(box.ok('exec', 'a', 'stat', '-c', '%u:%g', '/given')).toBe('0:0');
  });

  it('give no rights over the host', () => {
    const secret = box.write('secret', 'of root', 0o600);
    expect(box.run(['run', '--rm', '--userns', 'auto', '-v', `${secret}:/secret`, image, 'cat', '/secret']).stderr).toMatch(/Permission denied/);
    for (const flags of [['--privileged'], ['--network', 'host'], ['--pid', 'host']]) expect(box.fail('run', '--rm', '--userns', 'auto', ...flags, image, 'true').stderr).toMatch(/cannot be had in a user namespace/);
    expect(box.fail('run', '--rm', '--userns', 'keep-id', image, 'true').stderr).toMatch(/keep-id is not supported/);
    expect(box.fail('run', '--rm', '--userns', 'nonsense', image, 'true').stderr).toMatch(/unknown user namespace mode/);
  });

  it('are for all containers where the config file says so', () => {
    using net = new OwnNetwork();
    box.env.CAISSON_CONFIG_FILE = box.write('daemon.json', JSON.stringify({ 'userns-remap': 'default', 'default-address-pools': [{ base: `${net.prefix}.0.0/16`, size: 28 }], dns: ['10.9.8.7'] }));
    expect(box.ok('run', '--rm', image, 'cat', '/proc/self/uid_map')).not.toMatch(/^\s*0\s+0\s/);
    expect(JSON.parse((box.ok('network', 'create', 'pooled'), box.ok('network', 'inspect', '-f', '{{json .IPAM.Config}}', 'pooled')))).toMatchObject([{ Subnet: `${net.prefix}.0.0/28` }]);
    expect(box.ok('run', '--rm', image, 'cat', '/etc/resolv.conf')).toContain('nameserver 10.9.8.7');
    expect(box.ok('run', '--rm', '--userns', 'host', image, 'cat', '/proc/self/uid_map')).toBe(readFileSync('/proc/self/uid_map', 'utf8').trim());
    delete box.env.CAISSON_CONFIG_FILE;
  });

  it('leave nothing behind', async () => {
    box.ok('rm', '-f', 'a', 'b');
    await untilTrue(() => leftovers(box).length === 0);
    for (const folder of ['mapped', 'user-namespaces']) expect(existsSync(box.path('run', folder)) ? readdirSync(box.path('run', folder)) : []).toEqual([]);
  });
});
