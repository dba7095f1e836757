import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ContainerSpec } from '@caisson/core';
import { blockIo, deviceNumbers } from '../../src/spec/block-io.js';
import { devices } from '../../src/spec/devices.js';
import { namespaces } from '../../src/spec/namespaces.js';
import { resources } from '../../src/spec/resources.js';
import type { CgroupMode } from '../../src/cgroup/mode.js';

const legacy = (cpuRoot = '/nowhere'): CgroupMode => ({ kind: 'legacy', controllers: new Map([['memory', '/nowhere'], ['cpu', cpuRoot], ['blkio', '/nowhere'], ['pids', '/nowhere']]), unified: undefined });
const unified: CgroupMode = { kind: 'unified', controllers: new Map(['memory', 'cpu', 'io', 'pids'].map((name) => [name, '/sys/fs/cgroup'])), unified: '/sys/fs/cgroup' };
const disk = readdirSync('/dev').map((name) => `/dev/${name}`).find((path) => statSync(path, { throwIfNoEntry: false })?.isBlockDevice());

function spec(more: Partial<ContainerSpec> = {}): ContainerSpec {
  return {
    id: 'x',
    rootfs: [],
    process: { args: ['true'], env: [], cwd: '/', user: '', terminal: false, stdin: false },
    mounts: [],
    resources: {},
    security: { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default' },
    ...more,
  };
}

describe('limits of block devices', () => {
  it.skipIf(disk === undefined)('are by number', () => {
    const path = disk ?? '';
    const numbers = deviceNumbers(statSync(path).rdev);
    expect(blockIo({ blkioWeight: 500, blkioWeightDevices: [{ path, weight: 10 }], blkioReadBps: [{ path, rate: 1 }], blkioWriteBps: [{ path, rate: 2 }], blkioReadIops: [{ path, rate: 3 }], blkioWriteIops: [{ path, rate: 4 }] })).toEqual({
      weight: 500,
      weightDevice: [{ ...numbers, weight: 10 }],
      throttleReadBpsDevice: [{ ...numbers, rate: 1 }],
      throttleWriteBpsDevice: [{ ...numbers, rate: 2 }],
      throttleReadIOPSDevice: [{ ...numbers, rate: 3 }],
      throttleWriteIOPSDevice: [{ ...numbers, rate: 4 }],
    });
  });

  it('are refused for what is none', () => {
    expect(blockIo({})).toEqual({});
    expect(() => blockIo({ blkioReadBps: [{ path: '/dev/null', rate: 1 }] })).toThrow(/\/dev\/null is not a block device/);
    expect(() => blockIo({ blkioReadBps: [{ path: '/dev/nothing', rate: 1 }] })).toThrow(/\/dev\/nothing/);
    expect(() => blockIo({ blkioWeight: 9 })).toThrow(/between 10 and 1000/);
  });
});

describe('limits', () => {
  it('of swapping and real-time scheduling are where the kernel has them', () => {
    expect(resources({ memorySwappiness: 0 }, legacy()).memory).toMatchObject({ swappiness: 0 });
    expect(() => resources({ memorySwappiness: 101 }, legacy())).toThrow(/between 0 and 100/);
    expect(() => resources({ memorySwappiness: 1 }, unified)).toThrow(/version 2/);
    expect(() => resources({ cpuRealtimeRuntime: 1000 }, legacy())).toThrow(/real-time/);
    const folder = mkdtempSync(join(tmpdir(), 'caisson-cpu-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    writeFileSync(join(folder, 'cpu.rt_runtime_us'), '0');
    expect(resources({ cpuRealtimeRuntime: 1000, cpuRealtimePeriod: 2000 }, legacy(folder)).cpu).toEqual({ realtimeRuntime: 1000, realtimePeriod: 2000 });
  });

  it('of devices are rules of the device cgroup', () => {
    const { rules } = devices(spec({ deviceCgroupRules: ['c 42:* rwm', 'b 8:1 r', 'a *:* m'] }));
    expect(rules.slice(1)).toEqual([
      { allow: true, type: 'c', major: 42, access: 'rwm' },
      { allow: true, type: 'b', major: 8, minor: 1, access: 'r' },
      { allow: true, type: 'a', access: 'm' },
    ]);
    for (const rule of ['c 42 rwm', 'x 1:1 r', 'c 1:1 rx', 'c 1:1 r\nc 2:2 r']) expect(() => devices(spec({ deviceCgroupRules: [rule] }))).toThrow(/device cgroup/);
  });
});

describe('namespaces', () => {
  const cgroup = (mode: CgroupMode, more: Partial<ContainerSpec> = {}) => namespaces(spec(more), mode).some(({ type }) => type === 'cgroup');

  it('of cgroups are by the version, unless it is said', () => {
    expect(cgroup(unified)).toBe(true);
    expect(cgroup(legacy())).toBe(false);
    expect(cgroup(legacy(), { cgroupNamespace: 'private' })).toBe(true);
    expect(cgroup(unified, { cgroupNamespace: 'host' })).toBe(false);
  });

  it('of others are joined by their paths', () => {
    expect(namespaces(spec({ pidNamespace: '/proc/5/ns/pid', ipcNamespace: 'host' }), legacy())).toEqual([{ type: 'mount' }, { type: 'pid', path: '/proc/5/ns/pid' }, { type: 'network' }, { type: 'uts' }]);
  });
});
