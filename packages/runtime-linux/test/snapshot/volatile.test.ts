import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { findProgram } from '../../src/host/programs.js';
import { mounted } from '../../src/index.js';
import { optionValue } from '../../src/snapshot/overlay-mount.js';
import { volatile } from '../../src/snapshot/volatile.js';
import { isRoot } from '../support/folders.js';
import { TestHost } from '../support/harness.js';

const overlay = { type: 'overlay', source: 'overlay', options: ['lowerdir=/l', 'upperdir=/u', 'workdir=/w'] };

describe('volatile', () => {
  it('is for overlays that are written to, where the kernel can', () => {
    expect(volatile([overlay], '6.1.0-18-amd64')[0]?.options).toContain('volatile');
    expect(volatile([overlay], '5.4.0')[0]?.options).not.toContain('volatile');
    const others = [{ type: 'bind', source: '/x', options: ['rbind'] }, { type: 'overlay', source: 'overlay', options: ['lowerdir=/a:/b'] }];
    expect(volatile(others, '6.1.0')).toEqual(others);
  });

  it.skipIf(!isRoot || !findProgram('runc'))('lets a snapshot be mounted again (needs root and runc)', async () => {
    const host = new TestHost();
    afterAll(() => rmSync(host.folder, { recursive: true, force: true }));
    const spec = await host.spec({ args: ['sh', '-c', 'mount | grep " / "; echo content >/file'] });
    const [mount] = spec.rootfs;
    for (let round = 0; round < 2; round++) {
      const running = await host.runtime().run(spec, { stdio: 'pipe' });
      running.stderr?.resume();
      expect((await running.stdout?.setEncoding('utf8').toArray())?.join('')).toContain('volatile');
      await running.wait();
    }
    expect(existsSync(join((mount && optionValue(mount, 'workdir')) ?? '', 'work/incompat/volatile'))).toBe(true);
    await mounted(spec.rootfs, join(host.folder, 'mounts'), (path) => expect(readFileSync(join(path, 'file'), 'utf8')).toBe('content\n'));
  });
});
