import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deviceEdits } from '../../src/index.js';

describe('devices that vendors describe', () => {
  let folder: string;
  let later: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cdi-'));
    later = mkdtempSync(join(tmpdir(), 'cdi-'));
    writeFileSync(
      join(folder, 'acme.yaml'),
      `cdiVersion: "0.6.0"
kind: acme.com/pump
containerEdits:
  env: [ACME=1]
devices:
  - name: a
    containerEdits:
      deviceNodes: [{ path: /dev/pump-a, hostPath: /dev/null, permissions: rw }]
      mounts: [{ hostPath: /usr, containerPath: /opt/acme, options: [ro, rbind] }]
  - name: b
    containerEdits:
      env: [PUMP=b]
      hooks: [{ hookName: createContainer, path: /bin/true, args: [true, x], timeout: 3 }]
`,
    );
    writeFileSync(join(later, 'acme.json'), JSON.stringify({ cdiVersion: '0.6.0', kind: 'acme.com/pump', devices: [{ name: 'b', containerEdits: { env: ['PUMP=other'] } }] }));
  });
  afterAll(() => [folder, later].forEach((path) => rmSync(path, { recursive: true })));

  it('gives what one device asks for, and what its whole spec does', () => {
    expect(deviceEdits(['acme.com/pump=a'], [folder])).toEqual({
      env: ['ACME=1'],
      devices: [{ hostPath: '/dev/null', containerPath: '/dev/pump-a', permissions: 'rw' }],
      mounts: [{ type: 'bind', source: '/usr', destination: '/opt/acme', options: ['ro', 'rbind'] }],
      hooks: {},
    });
  });

  it('gives all, the first, or one that a later folder describes anew', () => {
    expect(deviceEdits(['acme.com/pump=*', 'acme.com/pump=b'], [folder])).toMatchObject({ env: ['ACME=1', 'PUMP=b'], hooks: { createContainer: [{ path: '/bin/true', args: ['true', 'x'], timeout: 3 }] } });
    expect(deviceEdits(['acme.com/pump'], [folder]).devices).toHaveLength(1);
    expect(deviceEdits(['acme.com/pump=b'], [folder, later]).env).toEqual(['PUMP=other']);
  });

  it('says which there are, and what is wrong with a spec', () => {
    expect(() => deviceEdits(['acme.com/pump=c'], [folder])).toThrow(expect.objectContaining({ code: 'not-found', hint: 'there are: acme.com/pump=a, acme.com/pump=b' }));
    expect(() => deviceEdits(['acme.com/pump=c'], ['/nonexistent'])).toThrow(/no device "acme.com\/pump=c"/);
    const broken = mkdtempSync(join(tmpdir(), 'cdi-'));
    for (const [text, why] of [['{', /does not describe devices/], ['[]', /no kind/], ['kind: a/b\ndevices: [{}]', /no name/], ['kind: a/b\ndevices: [{name: x, containerEdits: {deviceNodes: [{path: dev}]}}]', /absolute path/], ['kind: a/b\ndevices: [{name: x, containerEdits: {hooks: [{hookName: poststop, path: /x}]}}]', /poststop/]] as const) {
      writeFileSync(join(broken, 'x.yaml'), text);
      expect(() => deviceEdits(['a/b=x'], [broken])).toThrow(why);
    }
    rmSync(broken, { recursive: true });
  });
});
