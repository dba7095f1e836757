import { describe, expect, it } from 'vitest';
import { checkCompatible, incompatibility, parseVersion, rankVersions, type WindowsVersion } from '../../src/host/compatibility.js';
import { parseIsolation } from '../../src/host/isolation.js';
import { capabilitiesOf } from '../../src/host/capabilities.js';

const host = (build: number): WindowsVersion => ({ major: 10, minor: 0, build, revision: 1 });

describe('images and hosts', () => {
  it.each([
    ['10.0.17763.1', 17763, 'process', true],
    ['10.0.17763.9999', 17763, 'process', true],
    ['10.0.14393.1', 17763, 'process', false],
    ['10.0.14393.1', 17763, 'hyperv', true],
    ['10.0.20348.1', 17763, 'hyperv', false],
    ['10.0.20348.1', 26100, 'process', true],
    ['10.0.17763.1', 26100, 'process', false],
    ['10.0.17763.1', 26100, 'hyperv', true],
    ['10.0.26100.1', 20348, 'process', false],
    [undefined, 20348, 'process', true],
  ] as const)('%s on build %i with %s isolation: %s', (image, build, isolation, fits) => {
    expect(incompatibility(image, host(build), isolation) === undefined).toBe(fits);
  });

  it('that do not fit are named with both builds, and what would do', () => {
    expect(() => checkCompatible('10.0.26100.1', host(20348), 'process', 'nanoserver')).toThrow(/nanoserver cannot run here: the image is newer.*26100.*20348/);
    try {
      checkCompatible('10.0.17763.1', host(20348), 'process', 'nanoserver');
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: 'unsupported', hint: 'run it with --isolation hyperv', details: { imageBuild: 17763, hostBuild: 20348 } });
    }
  });

  it('are ranked: the host’s own build, then the latest before it', () => {
    const versions = ['10.0.26100.5', '10.0.20348.1', '10.0.20348.9', '10.0.25398.1'];
    expect(rankVersions(versions, (version) => version, host(25398), 'process')).toEqual(['10.0.25398.1', '10.0.20348.9', '10.0.20348.1']);
  });

  it('have versions of three or four numbers', () => {
    expect(parseVersion('10.0.20348')).toEqual({ major: 10, minor: 0, build: 20348, revision: 0 });
    for (const text of ['', '10', '10.0', 'x.y.z', '10.0.1.2.3']) expect(parseVersion(text)).toBeUndefined();
  });
});

describe('isolation', () => {
  it.each([
    [undefined, true, 'process'],
    [undefined, false, 'hyperv'],
    ['default', false, 'hyperv'],
    ['process', false, 'process'],
    ['HyperV', true, 'hyperv'],
  ])('%s on a server %s is %s', (wanted, server, isolation) => expect(parseIsolation(wanted, { server })).toBe(isolation));

  it('of another name is refused', () => expect(() => parseIsolation('chroot', { server: true })).toThrow(/unknown isolation/));

  it('is told in the capabilities, with what cannot be and why', () => {
    const client = capabilitiesOf({ version: host(22631), server: false, hyperv: true });
    expect(client.isolation).toEqual(['hyperv', 'process']);
    expect(client.pause.available).toBe(true);
    const bare = capabilitiesOf({ version: host(20348), server: true, hyperv: false });
    expect(bare.isolation).toEqual(['process']);
    expect(bare.pause).toEqual({ available: false, reason: expect.stringContaining('Hyper-V') as string });
    expect(bare.limits.available).toBe(false);
  });
});
