import { describe, expect, it } from 'vitest';
import { delegatedCgroups, delegatedPath, undelegated, withinDelegation, type DelegationHost } from '../../src/cgroup/delegation.js';
import type { CgroupMode } from '../../src/cgroup/mode.js';

const hybrid: CgroupMode = { kind: 'hybrid', controllers: new Map(['memory', 'cpu', 'cpuacct', 'pids', 'freezer', 'name=systemd'].map((name) => [name, `/sys/fs/cgroup/${name.replace('name=', '')}`])), unified: '/sys/fs/cgroup/unified' };
const unified: CgroupMode = { kind: 'unified', controllers: new Map(['memory', 'cpu', 'io', 'pids'].map((name) => [name, '/sys/fs/cgroup'])), unified: '/sys/fs/cgroup' };
const own = '9:name=systemd:/user/ann\n8:pids:/\n7:freezer:/user/ann\n4:memory:/user/ann\n3:cpu,cpuacct:/other\n0::/\n';
const host = (more: Partial<DelegationHost>): DelegationHost => ({ mode: hybrid, own, isWritable: () => false, read: () => undefined, ...more });

describe('delegation of cgroups, version 1', () => {
  it('is of each controller by itself', () => {
    const found = delegatedCgroups(host({ isWritable: (path) => path.endsWith('/user/ann') }));
    expect(found).toEqual({ kind: 'hybrid', controllers: new Map([['freezer', '/sys/fs/cgroup/freezer/user/ann'], ['memory', '/sys/fs/cgroup/memory/user/ann']]), unified: undefined });
    expect(undelegated(found).toSorted()).toEqual(['blkio', 'cpu', 'cpuset', 'pids']);
    expect(delegatedPath(hybrid, found, 'abc')).toBeUndefined();
    expect(withinDelegation({ memory: 5, cpuQuota: 7, oomScoreAdj: 3 }, found)).toEqual({ allowed: { memory: 5, oomScoreAdj: 3 }, lacking: ['cpu'] });
  });

  it('is none where nothing may be written, or a process is at the root', () => {
    expect(delegatedCgroups(host({})).kind).toBe('none');
    expect(delegatedCgroups(host({ own: '4:memory:/\n', isWritable: () => true })).kind).toBe('none');
  });
});

describe('delegation of cgroups, version 2', () => {
  const slice = '/user.slice/user-1000.slice/user@1000.service/app.slice';
  const folder = `/sys/fs/cgroup${slice}`;
  const files: Record<string, string> = { 'cgroup.procs': '', 'cgroup.controllers': 'cpu memory pids\n', 'cgroup.subtree_control': 'memory pids\n' };
  const recorded = (more: Partial<DelegationHost> = {}, changed: Record<string, string> = {}) =>
    host({ mode: unified, own: `0::${slice}/shell.scope\n`, isWritable: (path) => path.startsWith(folder), read: (path) => ({ ...files, ...changed })[path.slice(folder.length + 1)], ...more });

  it('is of the folder above the one that a process is in', () => {
    const found = delegatedCgroups(recorded());
    expect(found).toEqual({ kind: 'unified', controllers: new Map(['cpu', 'memory', 'pids'].map((name) => [name, folder])), unified: folder });
    expect(delegatedPath(unified, found, 'abc')).toBe(`${slice}/abc`);
    expect(undelegated(found).toSorted()).toEqual(['blkio', 'cpuset']);
  });

  it('is of what is switched on, where no more can be', () => {
    expect([...delegatedCgroups(recorded({}, { 'cgroup.procs': '12\n' })).controllers.keys()]).toEqual(['memory', 'pids']);
    expect([...delegatedCgroups(recorded({ isWritable: (path) => path.startsWith(folder) && !path.endsWith('subtree_control') })).controllers.keys()]).toEqual(['memory', 'pids']);
  });

  it('is none of a session, whose folders are root’s', () => {
    expect(delegatedCgroups(recorded({ own: '0::/user.slice/user-1000.slice/session-3.scope\n' })).kind).toBe('none');
    expect(delegatedCgroups(recorded({ own: '0::/\n', isWritable: () => true })).kind).toBe('none');
  });

  it('calls the controller of block devices io', () => {
    const found = delegatedCgroups(recorded({}, { 'cgroup.controllers': 'io\n' }));
    expect(undelegated(found)).not.toContain('blkio');
    expect(withinDelegation({ blkioWeight: 5 }, found).lacking).toEqual([]);
  });
});
