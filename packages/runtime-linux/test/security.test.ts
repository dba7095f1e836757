import { readlinkSync, rmSync, statSync } from 'node:fs';
import type { Security } from '@caisson/core';
import { afterAll, describe, expect, it } from 'vitest';
import { findProgram } from '../src/host/programs.js';
import { isRoot } from './support/folders.js';
import { TestHost } from './support/harness.js';

/** Every row of the table in docs/security.md, proven from inside. */
describe.skipIf(!isRoot || !findProgram('runc'))('security defaults (needs root and runc)', () => {
  const host = new TestHost();
  afterAll(() => rmSync(host.folder, { recursive: true, force: true }));
  const security = (more: Partial<Security>): { security: Security } => ({ security: { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default', ...more } });
  const status = async (name: string, more = {}, process = {}) => /^\w+:\s*(\w+)/.exec(await host.output(`grep ^${name}: /proc/self/status`, more, process))?.[1];

  it('has docker’s capabilities and no others', async () => {
    expect(await status('CapEff')).toBe('00000000a80425fb');
    expect(await status('CapBnd')).toBe('00000000a80425fb');
    expect(await status('CapInh')).toBe('0000000000000000');
    expect(await status('CapAmb')).toBe('0000000000000000');
  });

  it('gives a user other than root none in effect', async () => {
    expect(await status('CapEff', {}, { user: '1000' })).toBe('0000000000000000');
    expect(await status('CapBnd', {}, { user: '1000' })).toBe('00000000a80425fb');
  });

  it('adds and drops capabilities', async () => {
    expect(await status('CapEff', security({ capDrop: ['ALL'], capAdd: ['NET_RAW', 'cap_chown'] }))).toBe('0000000000002001');
    expect(await status('CapEff', security({ capDrop: ['ALL'] }))).toBe('0000000000000000');
    await expect(host.output('true', security({ capAdd: ['NONSENSE'] }))).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('filters system calls', async () => {
    expect(await status('Seccomp')).toBe('2');
    expect(await host.output('unshare -U true; unshare -m true')).toMatch(/Operation not permitted[^]*Operation not permitted/);
    expect(await host.output('mount -t tmpfs none /tmp')).toMatch(/permission denied|not permitted/i);
    expect(await status('Seccomp', security({ seccomp: 'unconfined' }))).toBe('0');
  });

  it('takes a profile, and refuses one that is none', async () => {
    const profile = JSON.stringify({ defaultAction: 'SCMP_ACT_ALLOW', syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO', errnoRet: 1 }] });
    expect(await host.output('mkdir /new', security({ seccomp: profile }))).toContain('Operation not permitted');
    for (const seccomp of ['nonsense', '[]', '{}']) await expect(host.output('true', security({ seccomp }))).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it('lets a process gain privileges by setuid unless told otherwise', async () => {
    expect(await status('NoNewPrivs')).toBe('0');
    expect(await status('NoNewPrivs', security({ noNewPrivileges: true }))).toBe('1');
  });

  it('has namespaces of its own', async () => {
    for (const kind of ['pid', 'net', 'ipc', 'uts', 'mnt']) expect((await host.output(`readlink /proc/self/ns/${kind}`)).trim(), kind).not.toBe(readlinkSync(`/proc/self/ns/${kind}`));
    expect(await host.output('ls -d /proc/[0-9]*')).toBe('/proc/1\n');
    expect(await host.output('hostname')).toBe('test\n');
  });

  it('shares the ones it is told to', async () => {
    const hostName = (await host.output('hostname', { utsNamespace: 'host' })).trim();
    expect(hostName).not.toBe('test');
    expect((await host.output('readlink /proc/self/ns/net', { networkNamespace: 'host' })).trim()).toBe(readlinkSync('/proc/self/ns/net'));
    expect((await host.output('readlink /proc/self/ns/ipc', { ipcNamespace: 'host' })).trim()).toBe(readlinkSync('/proc/self/ns/ipc'));
    expect((await host.output('readlink /proc/self/ns/pid', { pidNamespace: 'host' })).trim()).toBe(readlinkSync('/proc/self/ns/pid'));
  });

  it('hides what tells of the host', async () => {
    expect(await host.output('for f in kcore keys timer_list sched_debug interrupts; do if [ -e /proc/$f ]; then head -c 100 /proc/$f | wc -c; fi; done')).toMatch(/^(0\n)+$/);
    expect(await host.output('ls -A /sys/firmware /proc/acpi 2>/dev/null | grep -v :')).toMatch(/^\n*$/);
  });

  it('lets nobody write to the kernel’s settings', async () => {
    for (const path of ['/proc/sys/kernel/domainname', '/proc/sysrq-trigger', '/proc/irq/0/x', '/sys/kernel/x', `${[...host.runtime().cgroups.controllers.values()][0]}/x`]) expect(await host.output(`echo x >${path}`), path).toMatch(/Read-only file system|nonexistent directory|can't create/);
    expect(await host.output('mount')).toMatch(/sysfs on \/sys type sysfs \(ro/);
  });

  it('has the usual devices and can open no others', async () => {
    const output = await host.output('ls /dev; ls -l /dev/null; echo x >/dev/null && echo ok; chmod 600 /dev/zero; touch /tmp/t');
    for (const name of ['full', 'null', 'ptmx', 'pts', 'random', 'shm', 'mqueue', 'tty', 'urandom', 'zero', 'stdin', 'fd']) expect(output).toContain(name);
    expect(output).toContain('ok');
    const { rdev } = statSync('/dev/kmsg');
    const [major, minor] = [rdev >> 8, rdev & 0xff];
    const node = `busybox mknod /tmp/kmsg c ${major} ${minor} && head -c 1 /tmp/kmsg`;
    expect(await host.output(node)).toContain('Operation not permitted');
    const device = { hostPath: '/dev/kmsg', containerPath: '/dev/own', permissions: 'r' };
    expect(await host.output('[ -c /dev/own ] && echo there; echo x >/dev/own', { devices: [device] })).toMatch(/there[^]*not permitted/);
  });

  it('mounts nothing that can be run from /dev/shm, of the size asked for', async () => {
    expect(await host.output('mount | grep /dev/shm')).toMatch(/nosuid,nodev,noexec.*size=65536k/);
    expect(await host.output('mount | grep /dev/shm', { shmSize: 1 << 20 })).toMatch(/size=1024k/);
  });

  it('gives all that there is to a privileged container', async () => {
    const output = await host.output('mount -t tmpfs none /tmp && echo mounted; grep ^CapEff /proc/self/status; head -c 100 /proc/timer_list | wc -c; ls /dev/kmsg; echo x >/proc/sys/kernel/domainname && echo set', security({ privileged: true }));
    expect(output).toMatch(/mounted[^]*100\n\/dev\/kmsg\nset/);
    expect(output).not.toContain('a80425fb');
  });

  it('has a root file system that is read-only when asked for', async () => {
    expect(await host.output('touch /x', { readonlyRootfs: true })).toContain('Read-only file system');
    expect(await host.output('touch /tmp/x && echo ok', { readonlyRootfs: true, mounts: [{ type: 'tmpfs', source: 'tmpfs', destination: '/tmp', options: ['nosuid', 'nodev'] }] })).toBe('ok\n');
  });

  it('lets an ordinary user bind low ports and ping, in a network of the container’s own', async () => {
    expect(await host.output('head -1 /proc/sys/net/ipv4/ip_unprivileged_port_start')).toBe('0\n');
    expect(await host.output('head -1 /proc/sys/kernel/shmmni', { sysctls: { 'kernel.shmmni': '100' } })).toBe('100\n');
  });

  it('finds users and groups in the image’s own tables', async () => {
    expect(await host.output('id')).toMatch(/uid=0\(root\) gid=0\(root\) groups=0\(root\),10\(wheel\)|uid=0\(root\) gid=0\(root\) groups=10\(wheel\)/);
    expect(await host.output('id; echo $HOME', {}, { user: 'alice' })).toMatch(/uid=1000\(alice\) gid=1001\(alice\).*10\(wheel\)[^]*\/home\/alice/);
    expect(await host.output('id -u; id -g; id -G', {}, { user: '77:staff', additionalGroups: ['wheel', '123'] })).toBe('77\n50\n50 10 123\n');
    await expect(host.output('true', {}, { user: 'nobody-here' })).rejects.toMatchObject({ code: 'not-found' });
    await expect(host.output('true', {}, { user: '0:nothing' })).rejects.toMatchObject({ code: 'not-found' });
  });

  it('has the limits that are asked for', async () => {
    expect(await host.output('ulimit -n; head -1 /proc/self/oom_score_adj', { resources: { oomScoreAdj: 500, ulimits: [{ name: 'nofile', soft: 100, hard: 200 }] } })).toBe('100\n500\n');
    await expect(host.output('true', { resources: { ulimits: [{ name: 'nonsense', soft: 1, hard: 1 }] } })).rejects.toMatchObject({ code: 'invalid-argument' });
  });

  it.skipIf(!findProgram('tini-static') && !findProgram('catatonit'))('has an init that reaps when asked for', async () => {
    expect(await host.output('head -1 /proc/1/comm', { init: true })).toBe('docker-init\n');
  });
});
