import { describe, expect, it } from 'vitest';
import { checkOptions } from '../../../src/engine/containers/check-options.js';
import type { ContainerOptions } from '../../../src/engine/containers/options.js';

const check = (options: Partial<ContainerOptions>) => checkOptions({ image: 'x', ...options });

describe('options of containers', () => {
  it.each<[Partial<ContainerOptions>, RegExp]>([
    [{ dns: ['9.9.9.9', 'one.one'] }, /name server "one.one"/],
    [{ extraHosts: ['db'] }, /further host "db"/],
    [{ extraHosts: [':10.0.0.1'] }, /further host/],
    [{ extraHosts: ['db:here'] }, /further host/],
    [{ extraHosts: ['a b:10.0.0.1'] }, /further host/],
    [{ labels: { '': 'x' } }, /the label "=x" has no name/],
    [{ stopSignal: 'FOO' }, /unknown signal: "FOO"/],
    [{ stopSignal: '65' }, /unknown signal/],
    [{ resources: { oomScoreAdj: 2000 } }, /between -1000 and 1000/],
    [{ resources: { memory: 30 << 20, memoryReservation: 40 << 20 } }, /soft limit of memory is above/],
    [{ resources: { memorySwap: 30 << 20 } }, /needs one of memory alone/],
    [{ resources: { cpuPeriod: 10 } }, /CPU period is between/],
    [{ resources: { cpuQuota: 10 } }, /CPU quota is at least/],
    [{ utsMode: 'host', hostname: 'x' }, /has the host's name/],
    [{ hostname: 'x'.repeat(65) }, /longer than 64 bytes/],
  ])('%j is refused', (options, message) => {
    expect(() => check(options)).toThrow(message);
  });

  it.each<Partial<ContainerOptions>>([
    { dns: ['9.9.9.9', 'fe80::1%eth0'] },
    { extraHosts: ['db:10.0.0.1', 'six:fd00::1', 'bracketed:[fd00::1]', 'up:host-gateway'] },
    { labels: { a: '' } },
    ...['9', 'kill', 'SIGTERM', 'SIGRTMIN+3', 'CtrlC'].map((stopSignal) => ({ stopSignal })),
    { resources: { oomScoreAdj: -1000 } },
    { resources: { memory: 30 << 20, memoryReservation: 30 << 20, memorySwap: -1, cpuPeriod: 1000, cpuQuota: -1 } },
    { utsMode: 'host', hostname: '' },
  ])('%j is taken', (options) => {
    check(options);
  });
});
