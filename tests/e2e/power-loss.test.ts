import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, Sandbox } from './support.js';

describe.skipIf(!isRoot)('after a loss of power (needs root to run containers)', () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = Sandbox.withBase();
    const folder = sandbox.tree('context', { Dockerfile: 'FROM localhost/busybox:1\nRUN echo made > /made\nCOPY file /file\n', file: 'copied' });
    sandbox.ok('build', '-t', 'app', folder);
    sandbox.ok('run', '--rm', '--network', 'none', 'app', 'true');
    sandbox.ok('create', '--name', 'kept', '--network', 'none', 'app', 'cat', '/made', '/file');
  });
  afterAll(() => sandbox.dispose());

  const committed = () => readdirSync(sandbox.path('data/snapshots/committed')).map((name) => sandbox.path('data/snapshots/committed', name));
  const holding = (file: string) => committed().find((folder) => existsSync(join(folder, 'fs', file))) ?? 'none';
  /** As if the snapshots had been made in an earlier boot. */
  const reboot = () => {
    for (const folder of committed()) {
      const { proven: _, ...record } = JSON.parse(readFileSync(join(folder, 'info.json'), 'utf8')) as { proven?: boolean };
      writeFileSync(join(folder, 'info.json'), JSON.stringify({ ...record, boot: 'another' }));
    }
  };
  const proven = () => committed().map((folder) => (JSON.parse(readFileSync(join(folder, 'info.json'), 'utf8')) as { proven?: boolean }).proven === true);

  it('takes unpacked layers that are whole as they are, and looks only once', () => {
    reboot();
    const before = readdirSync(join(holding('made'), 'fs'));
    expect(sandbox.ok('start', '-a', 'kept')).toBe('made\ncopied');
    expect(proven()).toEqual([true, true, true]);
    expect(readdirSync(join(holding('made'), 'fs'))).toEqual(before);
  });

  it('unpacks anew what was cut short, under containers too', () => {
    reboot();
    truncateSync(join(holding('made'), 'fs/made'), 0);
    truncateSync(join(holding('bin/busybox'), 'fs/bin/busybox'), 1000);
    expect(sandbox.ok('start', '-a', 'kept')).toBe('made\ncopied');
    reboot();
    truncateSync(join(holding('file'), 'fs/file'), 1);
    expect(sandbox.ok('run', '--rm', '--network', 'none', 'app', 'cat', '/file')).toBe('copied');
    expect(sandbox.ok('system', 'check')).toContain('all is well');
  });

  it('builds on nothing that was cut short', () => {
    reboot();
    truncateSync(join(holding('made'), 'fs/made'), 0);
    const folder = sandbox.tree('next', { Dockerfile: 'FROM app\nRUN cat /made > /again\n' });
    sandbox.ok('build', '-t', 'next', folder);
    expect(sandbox.ok('run', '--rm', '--network', 'none', 'next', 'cat', '/again')).toBe('made');
  });

  it('finds by system check what differs from its layer, and mends it', () => {
    writeFileSync(join(holding('made'), 'fs/made'), 'evil\n');
    chmodSync(join(holding('file'), 'fs/file'), 0o4777);
    const { stdout } = sandbox.fail('system', 'check');
    expect(stdout).toContain('is not its layer: made has other contents');
    expect(stdout).toContain('file has the permissions 4777 and not 644');
    expect(sandbox.ok('system', 'check', '--repair')).toContain('it was unpacked anew');
    expect(sandbox.ok('system', 'check')).toContain('all is well');
    expect(sandbox.ok('start', '-a', 'kept')).toBe('made\ncopied');
    rmSync(join(holding('made'), 'fs/made'));
    expect(sandbox.fail('system', 'check').stdout).toContain('made is missing');
    sandbox.ok('system', 'check', '--repair');
  });
});
