import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { apparmorProfile, defaultProfile } from '../../src/host/apparmor.js';
import { labelled, selinuxLabels } from '../../src/host/selinux.js';

describe('AppArmor', () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'caisson-apparmor-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const paths = (enabled: string, profiles: string) => {
    writeFileSync(join(folder, 'enabled'), enabled);
    writeFileSync(join(folder, 'profiles'), profiles);
    return { enabled: join(folder, 'enabled'), profiles: join(folder, 'profiles') };
  };
  const nowhere = { enabled: '/nowhere/enabled', profiles: '/nowhere/profiles' };

  it('is the default profile where it is loaded', async () => {
    const on = paths('Y\n', `docker-default (enforce)\n${defaultProfile} (enforce)\n/usr/bin/man (complain)\n`);
    expect(await apparmorProfile({ privileged: false }, on)).toBe(defaultProfile);
    expect(await apparmorProfile({ privileged: false, apparmor: 'docker-default' }, on)).toBe('docker-default');
    expect(await apparmorProfile({ privileged: false, apparmor: '/usr/bin/man' }, on)).toBe('/usr/bin/man');
    expect(await apparmorProfile({ privileged: true }, on)).toBeUndefined();
    expect(await apparmorProfile({ privileged: true, apparmor: defaultProfile }, on)).toBe(defaultProfile);
    expect(await apparmorProfile({ privileged: false, apparmor: 'unconfined' }, on)).toBeUndefined();
    await expect(apparmorProfile({ privileged: false, apparmor: 'docker' }, on)).rejects.toThrow(/"docker" is not loaded/);
  });

  it('is nothing where the host has none, unless a profile is asked for', async () => {
    for (const off of [nowhere, paths('N\n', '')]) {
      expect(await apparmorProfile({ privileged: false }, off)).toBeUndefined();
      expect(await apparmorProfile({ privileged: false, apparmor: 'unconfined' }, off)).toBeUndefined();
      await expect(apparmorProfile({ privileged: false, apparmor: 'mine' }, off)).rejects.toMatchObject({ code: 'unsupported' });
    }
  });
});

describe('SELinux', () => {
  const security = { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default' };

  it('gives each container categories of its own', () => {
    const a = selinuxLabels({ id: 'a'.repeat(64), security }, true);
    const b = selinuxLabels({ id: 'b'.repeat(64), security }, true);
    expect(a?.process).toMatch(/^system_u:system_r:container_t:s0:c\d+,c\d+$/);
    expect(a?.mount).toBe(a?.process.replace('system_r:container_t', 'object_r:container_file_t'));
    expect(b?.process).not.toBe(a?.process);
    expect(selinuxLabels({ id: 'a'.repeat(64), security }, true)).toEqual(a);
    const [, first, second] = /c(\d+),c(\d+)$/.exec(a?.process ?? '') ?? [];
    expect(Number(first)).toBeLessThan(Number(second));
  });

  it('takes labels that are asked for, or none', () => {
    expect(selinuxLabels({ id: 'x', security: { ...security, selinux: ['type:svirt_apache_t', 'level:s0:c1,c2'] } }, true)).toEqual({ process: 'system_u:system_r:svirt_apache_t:s0:c1,c2', mount: 'system_u:object_r:container_file_t:s0:c1,c2' });
    expect(selinuxLabels({ id: 'x', security: { ...security, selinux: ['disable'] } }, true)).toBeUndefined();
    expect(selinuxLabels({ id: 'x', security: { ...security, privileged: true } }, true)).toBeUndefined();
    expect(selinuxLabels({ id: 'x', security }, false)).toBeUndefined();
    expect(() => selinuxLabels({ id: 'x', security: { ...security, selinux: ['colour:red'] } }, false)).toThrow(/not a label/);
  });

  it('labels what is in the root file system', () => {
    const rootfs = [{ type: 'overlay', source: 'overlay', options: ['lowerdir=/a'] }];
    expect(labelled(rootfs, undefined)).toBe(rootfs);
    expect(labelled(rootfs, 'u:r:t:s0:c1,c2')[0]?.options).toEqual(['lowerdir=/a', 'context="u:r:t:s0:c1,c2"']);
  });
});
