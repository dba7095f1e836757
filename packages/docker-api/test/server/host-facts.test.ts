import type { EngineInfo, RuntimeCapabilities } from '@caisson/core';
import { expect, it } from 'vitest';
import { hostFacts } from '../../src/server/routes/host-facts.js';

const runtime = (given: Partial<RuntimeCapabilities> & { readonly name: string }): NonNullable<EngineInfo['runtime']> => ({
  isolation: [],
  pause: { available: true },
  limits: { available: true },
  stats: { available: true },
  terminal: { available: true },
  components: {},
  ...given,
});
const info = (os: string, of?: EngineInfo['runtime']): EngineInfo => ({ name: 'caisson', version: '1', dataRoot: '/', runRoot: '/', operatingSystem: os, kernel: '1', platform: { os, architecture: 'amd64' }, cpus: 1, memoryBytes: 1, warnings: [], ...(of === undefined ? {} : { runtime: of }) });

it('of Linux names its runtimes and what keeps containers apart', () => {
  const facts = hostFacts(info('linux', runtime({ name: 'linux', isolation: ['user-namespace', 'process'], components: { crun: '1.8', init: 'tini' } })));
  expect(facts).toMatchObject({ Driver: 'overlay2', Runtimes: { crun: { path: 'crun' } }, DefaultRuntime: 'crun', Isolation: '', InitBinary: 'tini', MemoryLimit: true, CgroupDriver: 'cgroupfs' });
  expect(facts.SecurityOptions).toContain('name=rootless');
});

it('of Windows has nothing of Linux in it', () => {
  const facts = hostFacts(info('windows', runtime({ name: 'hyperv', isolation: ['process', 'hyperv'], components: { windows: '10.0.20348.1' } })));
  expect(facts).toMatchObject({ Driver: 'windowsfilter', DriverStatus: [['Windows', '10.0.20348.1']], Isolation: 'process', Runtimes: { hyperv: { path: '' } }, DefaultRuntime: 'hyperv', CgroupDriver: '', CgroupVersion: '', SecurityOptions: [], MemoryLimit: false });
  expect(facts.Plugins?.Network).toContain('nat');
  expect(JSON.stringify(facts)).not.toMatch(/overlay|cgroupfs|runc"|seccomp|docker-init/);
});

it('is there although containers cannot be run', () => {
  expect(hostFacts(info('windows'))).toMatchObject({ Runtimes: {}, DefaultRuntime: '', Isolation: '' });
  expect(hostFacts(info('linux'))).toMatchObject({ Runtimes: {}, DefaultRuntime: 'runc', MemoryLimit: false });
});
