import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterAll, describe, expect, it } from 'vitest';
import { isCaissonError, type ContainerOptions } from '@caisson/core';
import { containerDefaults, readHostConfig } from '../src/engine/host-config.js';
import { addContainerFlags, containerOptions, type ContainerFlags } from '../src/flags/container.js';

const folder = mkdtempSync(join(tmpdir(), 'caisson-flags-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function options(...args: string[]): ContainerOptions {
  const command = addContainerFlags(new Command().exitOverride()).argument('[image]');
  command.parse(args, { from: 'user' });
  return containerOptions('image', [], command.opts<ContainerFlags>());
}

/** What is said of options that are wrong, hint included. */
function complaint(...args: string[]): string {
  try {
    options(...args);
  } catch (error) {
    if (isCaissonError(error)) return `${error.message} (${error.hint})`;
    throw error;
  }
  throw new Error('nothing was wrong');
}

function file(name: string, text: string | Uint8Array): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

describe('the options of run and create', () => {
  it('read files of variables and labels as docker does', () => {
    process.env.CAISSON_TEST_OWN = 'mine';
    const variables = file('env', '\ufeff# comment\n\nA=1\n  B= two "three" \nCAISSON_TEST_OWN\nCAISSON_TEST_MISSING\nC=x=y\r\n');
    expect(options('--env-file', variables, '-e', 'A=2').env).toEqual(['A=1', 'B= two "three" ', 'CAISSON_TEST_OWN=mine', 'C=x=y', 'A=2']);
    expect(options('--label-file', file('labels', 'a=1\nb\n'), '-l', 'a=2').labels).toEqual({ a: '2', b: '' });
    expect(complaint('--env-file', file('bad', 'A=1\n=x\n'))).toMatch(/bad:2: there is no name/);
    expect(complaint('--env-file', file('bad', 'A B=1\n'))).toMatch(/bad:1: the name "A B" contains white space/);
    expect(complaint('--env-file', file('bad', Uint8Array.of(65, 61, 0xff)))).toMatch(/not UTF-8/);
    expect(complaint('--env-file', '/nowhere')).toMatch(/nowhere/);
  });

  it('read health checks', () => {
    expect(options('--health-cmd', 'curl -f x', '--health-interval', '1m30s', '--health-timeout', '500ms', '--health-retries', '5', '--health-start-period', '0', '--health-start-interval', '1.5s').healthcheck).toEqual({
      Test: ['CMD-SHELL', 'curl -f x'],
      Interval: 90e9,
      Timeout: 0.5e9,
      Retries: 5,
      StartPeriod: 0,
      StartInterval: 1.5e9,
    });
    expect(options('--no-healthcheck').healthcheck).toEqual({ Test: ['NONE'] });
    expect(options().healthcheck).toBeUndefined();
    expect(complaint('--no-healthcheck', '--health-cmd', 'x')).toMatch(/exclude each other/);
    expect(complaint('--health-interval', '1us')).toMatch(/at least 1ms/);
    expect(complaint('--health-interval', '10 s')).toMatch(/span of time/);
  });

  it('read limits', () => {
    expect(options('-m', '1g', '--memory-swap', '-1', '--cpus', '1.5', '--blkio-weight', '300', '--device-read-bps', '/dev/sda:10mb', '--device-write-iops', '/dev/sda:100', '--memory-swappiness', '0').resources).toEqual({
      memory: 1024 ** 3,
      memorySwap: -1,
      cpuPeriod: 100_000,
      cpuQuota: 150_000,
      blkioWeight: 300,
      blkioReadBps: [{ path: '/dev/sda', rate: 10 * 1024 ** 2 }],
      blkioWriteIops: [{ path: '/dev/sda', rate: 100 }],
      memorySwappiness: 0,
    });
    expect(options('--cpu-period', '50000', '--cpu-quota', '25000').resources).toEqual({ cpuPeriod: 50_000, cpuQuota: 25_000 });
    expect(complaint('--cpus', '1', '--cpu-quota', '5')).toMatch(/give one or the others/);
    expect(complaint('--cpu-shares', '1.5')).toMatch(/whole number/);
    expect(complaint('--device-read-bps', 'sda:1mb')).toMatch(/\/dev\/NAME:VALUE/);
    expect(complaint('--ulimit', 'nofile=-1:5')).toMatch(/above the hard one/);
  });

  it('read mounts', () => {
    expect(options('-v', '/a:/b:ro,rslave,Z').mounts).toEqual([{ type: 'bind', source: '/a', target: '/b', readOnly: true, createSource: true, propagation: 'rslave', relabel: 'private' }]);
    expect(options('--mount', 'type=bind,"src=/a,b",dst=/c,bind-recursive=disabled').mounts).toEqual([{ type: 'bind', source: '/a,b', target: '/c', readOnly: false, nonRecursive: true }]);
    expect(options('--tmpfs', '/t:size=1m,exec,mode=700').mounts).toEqual([{ type: 'tmpfs', target: '/t', options: ['size=1m', 'exec', 'mode=700'] }]);
    expect(complaint('--mount', 'type=tmpfs,src=/x,dst=/y')).toMatch(/has no source/);
    expect(complaint('--mount', 'type=bind,src=/x,dst=/y,tmpfs-size=1m')).toMatch(/tmpfs-size is none of/);
    expect(complaint('--mount', 'type=bind,src=/x,dst=/y,bind-propagation=far')).toMatch(/rprivate/);
  });

  it('read ports in ranges', () => {
    expect(options('--expose', '70-72/udp', '--expose', '80').expose).toEqual(['70/udp', '71/udp', '72/udp', '80/tcp']);
    expect(complaint('--expose', '0')).toMatch(/--expose/);
  });

  it('take the text of a seccomp profile from its file', () => {
    expect(options('--security-opt', `seccomp=${file('profile.json', '{}')}`, '--security-opt', 'seccomp=unconfined').securityOptions).toEqual(['seccomp={}', 'seccomp=unconfined']);
    expect(complaint('--security-opt', 'seccomp=/nowhere.json')).toMatch(/nowhere/);
  });
});

describe('the config file', () => {
  it('has defaults for containers', () => {
    const path = file('daemon.json', JSON.stringify({ 'log-driver': 'local', 'log-opts': { 'max-size': '1m' }, 'default-shm-size': '128m', init: true, 'no-new-privileges': true, 'default-runtime': 'crun', 'default-ulimits': { nofile: { Name: 'nofile', Soft: 1, Hard: 2 } }, hosts: [] }));
    expect(containerDefaults(readHostConfig(path))).toEqual({ logDriver: 'local', logOptions: { 'max-size': '1m' }, shmSize: 128 * 1024 ** 2, init: true, noNewPrivileges: true, ociRuntime: 'crun', ulimits: [{ name: 'nofile', soft: 1, hard: 2 }] });
    expect(containerDefaults(readHostConfig('/nowhere/daemon.json'))).toEqual({});
  });

  it.each([
    ['{', /not JSON/],
    ['[]', /does not hold an object/],
    ['{"log-driver": 1}', /log-driver is a text/],
    ['{"log-opts": {"max-size": 1}}', /log-opts.max-size is a text/],
    ['{"init": "yes"}', /init is true or false/],
    ['{"default-ulimits": {"nofile": 5}}', /default-ulimits.nofile/],
  ])('is refused as %s', (text, message) => {
    const path = file('bad.json', text);
    expect(() => containerDefaults(readHostConfig(path), path)).toThrow(message);
  });
});
