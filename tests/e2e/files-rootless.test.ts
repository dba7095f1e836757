import { spawnSync } from 'node:child_process';
import { chownSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxRootfs } from '../../scripts/busybox-base.mjs';
import { lacking, OrdinaryUser, UserSandbox } from './ordinary-user.js';

const image = 'localhost/busybox:1';
const missing = lacking();

describe.skipIf(missing !== undefined)(`files of an ordinary user's containers${missing === undefined ? '' : ` (${missing})`}`, () => {
  let user: OrdinaryUser;
  let box: UserSandbox;
  beforeAll(() => {
    user = new OrdinaryUser();
    box = new UserSandbox(user);
    box.write('busybox.tar', busyboxRootfs());
    box.ok('import', '-c', 'CMD ["/bin/sh"]', box.path('busybox.tar'), image);
    box.ok('run', '-d', '--name', 'up', '--network', 'none', '-v', 'named:/named', image, 'sh', '-c', 'echo in > /named/in; echo one > /one; rm /bin/vi; sleep 1000');
    box.ok('create', '--name', 'still', '--network', 'none', '-v', 'named:/named', image, 'true');
  }, 60_000);
  afterAll(() => {
    box?.dispose();
    user?.[Symbol.dispose]();
  });

  it.each(['up', 'still'])('are copied both ways (%s)', (name) => {
    box.ok('cp', `${name}:/named/in`, box.path(`out-${name}`));
    expect(readFileSync(box.path(`out-${name}`), 'utf8')).toBe('in\n');
    expect(statSync(box.path(`out-${name}`)).uid).toBe(user.uid);
    writeFileSync(box.path('into'), 'text');
    chownSync(box.path('into'), user.uid, user.gid);
    box.ok('cp', box.path('into'), `${name}:/into`);
    box.ok('cp', box.path('into'), `${name}:/named/${name}`);
    expect(box.ok('exec', 'up', 'cat', `/named/${name}`)).toBe('text');
    const tar = box.run(['cp', `${name}:/into`, '-']);
    expect(spawnSync('tar', ['-xO'], { input: Buffer.from(tar.stdout, 'latin1'), encoding: 'utf8' }).stdout).toBe('text');
  });

  it('are listed, exported and committed', () => {
    expect(box.ok('diff', 'up').split('\n')).toEqual(expect.arrayContaining(['A /one', 'D /bin/vi']));
    box.ok('export', '-o', box.path('up.tar'), 'up');
    expect(spawnSync('tar', ['-xOf', box.path('up.tar'), 'one'], { encoding: 'utf8' }).stdout).toBe('one\n');
    box.ok('commit', 'up', 'committed');
    expect(box.ok('run', '--rm', '--network', 'none', 'committed', 'cat', '/one')).toBe('one');
    expect(box.run(['run', '--rm', '--network', 'none', 'committed', 'ls', '/bin/vi']).code).toBe(1);
    expect(box.ok('system', 'df')).toContain('Images');
    expect(box.ok('system', 'check')).toContain('all is well');
  });
});
