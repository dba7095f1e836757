import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { runtimeSuite } from '@caisson/core/testing';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { findProgram } from '../src/host/programs.js';
import { isRoot } from './support/folders.js';
import { TestHost } from './support/harness.js';

for (const ociRuntime of ['runc', 'crun']) {
  describe.skipIf(!isRoot || !findProgram(ociRuntime) || !findProgram('conmon'))(`LinuxRuntime with ${ociRuntime} (needs root, ${ociRuntime} and conmon)`, () => {
    const host = new TestHost({ ociRuntime });
    const owner = () => statSync('/dev/null').uid;
    const ownerBefore = owner();
    afterAll(async () => {
      expect(readdirSync(`${host.runRoot}/containers`)).toEqual([]);
      expect(existsSync(`${host.runRoot}/${ociRuntime}`) ? readdirSync(`${host.runRoot}/${ociRuntime}`).filter((name) => !name.startsWith('.')) : []).toEqual([]);
      const cgroups = () => [...new Set(host.runtime().cgroups.controllers.values())].flatMap((root) => (existsSync(`${root}/caisson`) ? readdirSync(`${root}/caisson`) : [])).filter((name) => host.ids.has(name));
      // A process leaves its cgroups a moment after its end has been told, on a busy machine a long one.
      await vi.waitFor(() => expect(cgroups()).toEqual([]), { timeout: 60_000 });
      // crun gives a container's streams to its user.
      expect(owner()).toBe(ownerBefore);
      expect(readFileSync('/proc/mounts', 'utf8')).not.toContain(host.folder);
      rmSync(host.folder, { recursive: true, force: true });
    });
    for (const test of runtimeSuite(host)) it(test.name, () => test.run());
  });
}
