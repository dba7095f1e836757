import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, Sandbox } from './support.js';

const kind = `caisson-${process.pid}.test/zero`;
const spec = `/etc/cdi/caisson-${process.pid}.yaml`;

describe.skipIf(!isRoot)('devices that a vendor describes (the description lies in /etc, which is root’s)', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
    mkdirSync('/etc/cdi', { recursive: true }); // it stays: another test may have a description in it
    writeFileSync(
      spec,
      `cdiVersion: "0.6.0"\nkind: ${kind}\ndevices:\n  - name: one\n    containerEdits:\n      env: [NAMED=yes]\n      deviceNodes: [{ path: /dev/named, hostPath: /dev/zero }]\n      hooks: [{ hookName: createRuntime, path: /bin/touch, args: [touch, ${box.path('hooked')}] }]\n`,
    );
  });
  afterAll(() => {
    rmSync(spec, { force: true });
    box?.dispose();
  });

  it('come into a container with all that belongs to them', () => {
    expect(box.ok('run', '--rm', '--device', `${kind}=one`, 'localhost/busybox:1', 'sh', '-c', 'head -c 3 /dev/named | od -An -c; echo $NAMED')).toMatch(/\\0 +\\0 +\\0\s+yes/);
    expect(existsSync(box.path('hooked'))).toBe(true);
    expect(box.fail('run', '--rm', '--device', `${kind}=two`, 'localhost/busybox:1', 'true').stderr).toMatch(/no device.*two[\s\S]*there are: .*=one/);
  });

  it('come into a RUN that asks for them, where the build is allowed to', () => {
    const folder = box.tree('devices', { Dockerfile: `FROM localhost/busybox:1\nRUN --device=${kind}=one test -c /dev/named && test $NAMED = yes\nRUN --device=${kind}=none true\nRUN test ! -e /dev/named\n` });
    expect(box.fail('build', folder).stderr).toMatch(/RUN --device is not allowed[\s\S]*--allow device/);
    box.ok('build', '-q', '--allow', 'device', folder);
    box.tree('devices', { Dockerfile: `FROM localhost/busybox:1\nRUN --device=${kind}=none,required true\n` });
    expect(box.fail('build', '--allow', 'device', folder).stderr).toMatch(/no device/);
  });
});
