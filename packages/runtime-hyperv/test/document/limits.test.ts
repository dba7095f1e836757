import type { ContainerSpec, Resources } from '@caisson/core';
import { describe, expect, it } from 'vitest';
import { processorAndMemory } from '../../src/document/processor-and-memory.js';
import { checkSupported } from '../../src/document/unsupported.js';
import type { Isolation } from '../../src/host/isolation.js';

const megabyte = 1 << 20;

describe('limits become the document’s', () => {
  it.each<[string, Resources, Isolation, object]>([
    ['none', {}, 'process', {}],
    ['half a CPU of four', { cpuQuota: 50_000 }, 'process', { ProcessorMaximum: 1250 }],
    ['all CPUs', { cpuQuota: 400_000 }, 'process', { ProcessorMaximum: 10_000 }],
    ['a sliver', { cpuQuota: 1000 }, 'process', { ProcessorMaximum: 25 }],
    ['another period', { cpuQuota: 10_000, cpuPeriod: 20_000 }, 'process', { ProcessorMaximum: 1250 }],
    ['half a CPU of a VM', { cpuQuota: 50_000 }, 'hyperv', { ProcessorCount: 1, ProcessorMaximum: 5000 }],
    ['two and a half CPUs of a VM', { cpuQuota: 250_000 }, 'hyperv', { ProcessorCount: 3, ProcessorMaximum: 8333 }],
    ['shares', { cpuShares: 512 }, 'process', { ProcessorWeight: 512 }],
    ['CPUs before shares', { cpuQuota: 100_000, cpuShares: 512 }, 'process', { ProcessorMaximum: 2500 }],
    ['memory', { memory: 512 * megabyte + 5 }, 'process', { MemoryMaximumInMB: 512 }],
  ])('%s', (_, resources, isolation, document) => expect(processorAndMemory(resources, isolation, 4)).toEqual(document));

  it.each<[Resources, RegExp]>([
    [{ cpuQuota: 500_000 }, /5 CPUs were asked for, and this host has 4/],
    [{ cpuShares: 20_000 }, /1 to 10000/],
    [{ memory: 1000 }, /1 MiB/],
  ])('%j is refused', (resources, message) => expect(() => processorAndMemory(resources, 'process', 4)).toThrow(message));
});

describe('what Windows does not have is refused in words', () => {
  const security = { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default' };
  const spec: ContainerSpec = { id: 'x', rootfs: [], process: { args: ['x'], env: [], cwd: '', user: '', terminal: false, stdin: false }, mounts: [], resources: {}, security };

  it('and nothing else is', () => expect(() => checkSupported(spec)).not.toThrow());

  it.each<[Partial<ContainerSpec>, RegExp]>([
    [{ resources: { memorySwap: -1 } }, /swap/],
    [{ resources: { memoryReservation: 1 } }, /reservation/],
    [{ resources: { pids: 10 } }, /limit on processes/],
    [{ resources: { cpusetCpus: '0-1' } }, /set of CPUs/],
    [{ resources: { ulimits: [{ name: 'nofile', soft: 1, hard: 1 }] } }, /ulimits/],
    [{ readonlyRootfs: true }, /read-only root/],
    [{ networkNamespace: 'host' }, /host’s network/],
    [{ pidNamespace: 'host' }, /PID namespace/],
    [{ sysctls: { a: '1' } }, /sysctls/],
    [{ init: true }, /init/],
    [{ security: { ...security, privileged: true } }, /--privileged/],
    [{ security: { ...security, capAdd: ['NET_ADMIN'] } }, /capabilities/],
    [{ security: { ...security, seccomp: '{}' } }, /seccomp/],
    [{ process: { ...spec.process, additionalGroups: ['x'] } }, /groups/],
  ])('%j', (more, message) => expect(() => checkSupported({ ...spec, ...more })).toThrow(message));
});
