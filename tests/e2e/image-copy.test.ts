import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, Sandbox } from './support.js';

/** What each place has must be the same image, wherever it went through. */
describe('image copy', () => {
  let box: Sandbox;
  let registry: string;
  let digest: string;
  let id: string;
  beforeAll(async () => {
    box = Sandbox.withBase();
    registry = await box.registry();
    const context = box.tree('ctx', { Dockerfile: 'FROM localhost/busybox:1\nCOPY a /dir/a\nCOPY b /dir/a\n', a: 'first', b: 'second' });
    box.ok('build', '-q', '-t', 'app:1', context);
    id = box.ok('inspect', '-f', '{{.Id}}', 'app:1');
    digest = box.ok('image', 'copy', '-q', 'store:app:1', `${registry}/app:1`);
  });
  afterAll(() => box?.dispose());

  it('goes round through every kind of place', () => {
    const [layout, archive] = [box.path('layout'), box.path('app.tar')];
    expect(box.ok('image', 'copy', '-q', `docker://${registry}/app:1`, `oci:${layout}:1`)).toBe(digest);
    expect(readdirSync(layout).sort()).toEqual(['blobs', 'index.json', 'oci-layout']);
    expect(statSync(`${layout}/index.json`).mode & 0o444).toBe(0o444);
    expect(box.ok('image', 'copy', '-q', `oci:${layout}:1`, `docker-archive:${archive}:app:2`)).toBe(digest);
    expect(box.ok('image', 'copy', '-q', `oci-archive:${archive}`, `${registry}/app:2`)).toBe(digest);
    const other = new Sandbox();
    try {
      expect(other.ok('image', 'copy', '-q', `docker-archive:${archive}:app:2`, 'store:back')).toBe(digest);
      expect(other.ok('inspect', '-f', '{{.Id}}', 'back')).toBe(id);
      expect(other.ok('system', 'check')).toMatch(/all is well/);
    } finally {
      other.dispose();
    }
    for (const place of [`oci:${layout}:1`, `oci-archive:${archive}`, `docker-archive:${archive}`]) expect(spawnSync('skopeo', ['inspect', place], { encoding: 'utf8' }).stderr).toBe('');
  });

  it('lays the layers over each other for a root file system, and takes one in', () => {
    const tar = box.path('root.tar');
    box.ok('image', 'copy', '-q', `${registry}/app:1`, `rootfs:${tar}`);
    const list = spawnSync('tar', ['tf', tar], { encoding: 'utf8' }).stdout.split('\n').filter((path) => path.endsWith('dir/a'));
    expect(list).toHaveLength(1);
    expect(spawnSync('tar', ['xOf', tar, list[0] ?? ''], { encoding: 'utf8' }).stdout).toBe('second');
    box.ok('image', 'copy', '-q', `rootfs:${tar}`, 'store:flat');
    expect(box.ok('history', '-q', 'flat').split('\n')).toHaveLength(1);
  });

  it('keeps several images in one layout, and wants to know which is meant', () => {
    const layout = box.path('several');
    for (const tag of ['a', 'b', 'a']) box.ok('image', 'copy', '-q', 'store:app:1', `oci:${layout}:${tag}`);
    box.ok('image', 'copy', '-q', 'store:localhost/busybox:1', `oci:${layout}:base`);
    expect(box.fail('image', 'copy', `oci:${layout}`, 'store:x').stderr).toMatch(/has several images\nhint: it has a, b, base/);
    expect(box.fail('image', 'copy', `oci:${layout}:c`, 'store:x').stderr).toMatch(/has no image c/);
    box.ok('image', 'copy', '-q', `oci:${layout}:b`, 'store:b');
    expect(box.ok('inspect', '-f', '{{.Id}}', 'b')).toBe(id);
  });

  it.runIf(isRoot)('says where the disk is full (needs root to have one that is)', () => {
    const full = box.path('full');
    mkdirSync(full);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full]).status).toBe(0);
    try {
      const fails = [
        ['save', '-o', `${full}/a.tar`, 'app:1'],
        ['image', 'copy', 'store:app:1', `oci-archive:${full}/a.tar`],
        ['image', 'copy', 'store:app:1', `oci:${full}/layout`],
        ['build', '-o', full, box.path('ctx')],
        ['build', '-o', `type=tar,dest=${full}/a.tar`, box.path('ctx')],
      ].map((args) => box.fail(...args).stderr);
      for (const stderr of fails) expect(stderr).toMatch(/no space left on the disk [^]*hint: free some space for [^ ]*full/);
      expect(fails.join('')).not.toContain('--data-root');
    } finally {
      spawnSync('umount', [full]);
    }
  });

  it('leaves nothing behind that looks like an archive when it fails', () => {
    expect(box.fail('image', 'copy', `${registry}/nothing:1`, `docker-archive:${box.path('no.tar')}`).stderr).toMatch(/manifest unknown/);
    expect(existsSync(box.path('no.tar'))).toBe(false);
    expect(readdirSync(box.folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  it('says what is wrong with a place', () => {
    expect(box.fail('image', 'copy', 'oic:a/b', 'store:x').stderr).toMatch(/"oic:a\/b" is not a place/);
    expect(box.fail('image', 'copy', 'oci:', 'store:x').stderr).toMatch(/nothing follows the colon/);
    expect(box.fail('image', 'copy', 'store:app:1', `oci:${box.folder}`).stderr).toMatch(/is not empty, and no OCI layout/);
    expect(box.fail('image', 'copy', `oci:${box.path('none')}`, 'store:x').stderr).toMatch(/there is no OCI layout in/);
    expect(box.fail('image', 'copy', 'store:none', 'store:x').stderr).toMatch(/no such image: none/i);
  });
});
