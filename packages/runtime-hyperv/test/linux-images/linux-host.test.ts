import { expect, it } from 'vitest';
import { chooseLinuxHost, findLinuxHosts } from '../../src/linux-images/linux-host.js';
import type { Probe } from '../../src/linux-images/probe.js';

const wslc = String.raw`C:\Program Files\WSL\wslc.exe`;

/** A host with nothing, but for what is given. */
function host(given: { env?: Record<string, string>; files?: readonly string[]; said?: string; pipes?: Readonly<Record<string, string>> }): Probe {
  return {
    env: given.env ?? {},
    exists: (path) => given.files?.includes(path) ?? false,
    run: async () => given.said ?? Promise.reject(new Error('it fails')),
    get: async (at) => {
      const found = 'socketPath' in at ? given.pipes?.[at.socketPath] : undefined;
      if (found === undefined) throw new Error('nothing listens there');
      return found;
    },
  };
}

it('WSL’s own program is taken first, where it is new enough', async () => {
  const findings = await findLinuxHosts(host({ files: [wslc], said: 'wslc 2.9.3.0\r\n' }));
  expect(chooseLinuxHost(findings)).toEqual({ kind: 'wslc', program: wslc, version: '2.9.3' });
  const inPath = String.raw`D:\tools\wslc.exe`;
  expect(chooseLinuxHost(await findLinuxHosts(host({ env: { Path: String.raw`.;D:\tools` }, files: [inPath, 'wslc.exe'], said: '3.0.0' })))).toMatchObject({ program: inPath });
});

it('then an engine that runs Linux containers', async () => {
  const findings = await findLinuxHosts(host({ files: [wslc], said: '2.6.1', pipes: { [String.raw`\\.\pipe\docker_engine`]: '{"Os":"windows","Version":"27"}', [String.raw`\\.\pipe\podman-machine-default`]: '{"Os":"linux","Version":"5.4"}' } }));
  expect(chooseLinuxHost(findings)).toEqual({ kind: 'docker', endpoint: 'npipe:////./pipe/podman-machine-default', version: '5.4' });
  expect(findings[0]).toEqual({ name: 'wslc.exe', reason: 'it is of version 2.6.1, and 2.9.3 is needed' });
  expect(findings.find(({ name }) => name === 'Docker')).toMatchObject({ reason: expect.stringContaining('runs windows containers') as string });
});

it('and where there is none, each way says why', async () => {
  const findings = await findLinuxHosts(host({ env: { DOCKER_HOST: 'ssh://somewhere' } }));
  expect(() => chooseLinuxHost(findings, 'alpine')).toThrow(/^alpine cannot be run here.*wslc\.exe: it is not in the folder.*DOCKER_HOST: ssh:\/\/somewhere is neither.*Docker Desktop: nothing listens there.*Podman machine: nothing listens there/);
});

it('a program that fails, or answers nonsense, is a reason and no failure', async () => {
  const findings = await findLinuxHosts(host({ files: [wslc], pipes: { [String.raw`\\.\pipe\docker_engine`]: '<html>' } }));
  expect(findings[0]).toMatchObject({ reason: 'it fails' });
  expect(findings.every((finding) => 'reason' in finding)).toBe(true);
});
