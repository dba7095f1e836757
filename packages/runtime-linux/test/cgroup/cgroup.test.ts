import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { cgroupMode, type CgroupMode } from '../../src/cgroup/mode.js';
import { cgroupFolder, cgroupProcesses, cgroupStats, isFrozen } from '../../src/cgroup/stats.js';
import { cgroups } from '../../src/host/doctor.js';
import { resources } from '../../src/spec/resources.js';
import { freshFolder } from '../support/folders.js';

const folder = freshFolder('cgroup');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const unifiedInfo = '30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec,relatime shared:9 - cgroup2 cgroup2 rw,nsdelegate,memory_recursiveprot\n';
const legacyInfo = [
  '31 30 0:27 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755',
  '32 31 0:28 / /sys/fs/cgroup/systemd rw,nosuid shared:11 - cgroup cgroup rw,xattr,name=systemd',
  '33 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid shared:12 - cgroup cgroup rw,cpu,cpuacct',
  '34 31 0:30 / /sys/fs/cgroup/memory rw,nosuid shared:13 - cgroup cgroup rw,memory',
].join('\n');
const hybridInfo = `${legacyInfo}\n35 31 0:31 / /sys/fs/cgroup/unified rw,nosuid shared:14 - cgroup2 cgroup2 rw\n`;
const controllers = () => 'cpuset cpu io memory hugetlb pids rdma misc\n';

/** A recorded tree, on disk. */
function tree(files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const onDisk = (kind: CgroupMode['kind'], names: readonly string[], place: (name: string) => string): CgroupMode => ({ kind, controllers: new Map(names.map((name) => [name, join(folder, place(name))])), unified: undefined });

describe('cgroupMode', () => {
  it('tells version 2, version 1 and both apart', () => {
    expect(cgroupMode(unifiedInfo, controllers)).toMatchObject({ kind: 'unified', unified: '/sys/fs/cgroup' });
    expect([...cgroupMode(unifiedInfo, controllers).controllers.keys()]).toContain('memory');
    expect(cgroupMode(legacyInfo)).toMatchObject({ kind: 'legacy', unified: undefined });
    const hybrid = cgroupMode(hybridInfo);
    expect(hybrid).toMatchObject({ kind: 'hybrid', unified: '/sys/fs/cgroup/unified' });
    expect(hybrid.controllers.get('cpuacct')).toBe('/sys/fs/cgroup/cpu,cpuacct');
    expect(hybrid.controllers.get('name=systemd')).toBe('/sys/fs/cgroup/systemd');
    expect(cgroupMode('')).toMatchObject({ kind: 'none' });
  });

  it('is told by the doctor, with what is lacking', () => {
    expect(cgroups(cgroupMode(unifiedInfo, controllers)).every(({ status }) => status === 'found')).toBe(true);
    expect(cgroups(cgroupMode(hybridInfo))[1]).toMatchObject({ status: 'limited', detail: expect.stringContaining('no limits for pids, cpuset, blkio') as string });
  });
});

describe('statistics', () => {
  it('are read from a version 2 tree', () => {
    tree({
      'v2/caisson/one/cpu.stat': 'usage_usec 1500\nuser_usec 1000\nsystem_usec 500\n',
      'v2/caisson/one/memory.current': '4096000\n',
      'v2/caisson/one/memory.max': 'max\n',
      'v2/caisson/one/memory.stat': 'anon 1000\nfile 2000\ninactive_file 300\n',
      'v2/caisson/one/pids.current': '3\n',
      'v2/caisson/one/io.stat': '254:0 rbytes=1000 wbytes=20 rios=1 wios=1\n8:0 rbytes=5 wbytes=7 rios=1 wios=1\n',
      'v2/caisson/one/cgroup.procs': '12\n',
      'v2/caisson/one/inner/cgroup.procs': '11\n13\n',
      'v2/caisson/one/cgroup.freeze': '1\n',
    });
    const mode = onDisk('unified', ['cpu', 'memory', 'pids', 'io'], () => 'v2');
    expect(cgroupStats(mode, '/caisson/one')).toMatchObject({ cpuNanoseconds: 1_500_000, memoryBytes: 4096000, memoryCacheBytes: 300, memoryLimit: 0, pids: 3, blockReadBytes: 1005, blockWriteBytes: 27 });
    expect(cgroupProcesses(mode, '/caisson/one')).toEqual([11, 12, 13]);
    expect(isFrozen(mode, '/caisson/one')).toBe(true);
    expect(isFrozen(mode, '/caisson/other')).toBe(false);
  });

  it('are read from version 1 trees', () => {
    tree({
      'v1/cpuacct/caisson/one/cpuacct.usage': '123456789\n',
      'v1/memory/caisson/one/memory.usage_in_bytes': '5000\n',
      'v1/memory/caisson/one/memory.limit_in_bytes': '9223372036854771712\n',
      'v1/memory/caisson/one/memory.stat': 'cache 100\ninactive_file 40\ntotal_inactive_file 60\n',
      'v1/pids/caisson/one/pids.current': '2\n',
      'v1/blkio/caisson/one/blkio.throttle.io_service_bytes': '254:0 Read 4096\n254:0 Write 512\n254:0 Total 4608\nTotal 4608\n',
      'v1/freezer/caisson/one/freezer.state': 'THAWED\n',
    });
    const mode = onDisk('legacy', ['cpuacct', 'memory', 'pids', 'blkio', 'freezer'], (name) => `v1/${name}`);
    expect(cgroupStats(mode, '/caisson/one')).toMatchObject({ cpuNanoseconds: 123456789, memoryBytes: 5000, memoryCacheBytes: 60, memoryLimit: 0, pids: 2, blockReadBytes: 4096, blockWriteBytes: 512 });
    expect(isFrozen(mode, '/caisson/one')).toBe(false);
  });

  it('are found where systemd puts them', () => {
    const mode = onDisk('unified', ['cpu'], () => 'v2');
    expect(cgroupFolder(mode, 'cpu', 'a-b.slice:caisson:one')).toBe(join(folder, 'v2/a.slice/a-b.slice/caisson-one.scope'));
    expect(cgroupFolder(mode, 'memory', '/caisson/one')).toBeUndefined();
  });
});

describe('limits', () => {
  const mode = cgroupMode(unifiedInfo, controllers);

  it('are written as config.json has them', () => {
    expect(resources({ memory: 100, cpuShares: 512, cpuQuota: 50_000, cpuPeriod: 100_000, cpusetCpus: '0-1', pids: 10, blkioWeight: 300 }, mode)).toEqual({
      memory: { limit: 100, swap: 200 },
      cpu: { shares: 512, quota: 50_000, period: 100_000, cpus: '0-1' },
      pids: { limit: 10 },
      blockIO: { weight: 300 },
    });
    expect(resources({ memory: 100, memorySwap: -1 }, mode)).toEqual({ memory: { limit: 100, swap: -1 } });
    expect(resources({}, mode)).toEqual({});
  });

  it('are refused where the host cannot hold them, or they make no sense', () => {
    expect(() => resources({ pids: 10 }, cgroupMode(legacyInfo))).toThrow('a limit on processes needs the cgroup controller pids');
    expect(() => resources({ memory: 100, memorySwap: 50 }, mode)).toThrow('below that of memory alone');
  });
});
