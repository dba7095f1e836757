import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, leftovers, Sandbox, untilTrue } from './support.js';

describe.skipIf(!isRoot)('the files of containers (needs root to run containers)', () => {
  let sandbox: Sandbox;
  const rel = (...parts: string[]) => sandbox.path(...parts);
  beforeAll(() => {
    sandbox = Sandbox.withBase();
    sandbox.ok('run', '-d', '--name', 'up', '--network', 'none', '-v', `${rel('bound')}:/bound`, '-v', 'named:/named', '--tmpfs', '/scratch', 'localhost/busybox:1', 'sh', '-c', 'mkdir /made; echo one > /made/one; ln -s /made/one /made/link; ln -s /made /dirlink; ln -s /etc/passwd /made/escape; echo in > /named/in; sleep 1000');
    sandbox.ok('create', '--name', 'still', '--network', 'none', '-v', `${rel('bound')}:/bound`, '-v', 'named:/named', 'localhost/busybox:1', 'true');
    writeFileSync(rel('bound', 'host'), 'from the host');
  }, 60_000);
  afterAll(async () => {
    const folder = sandbox.folder;
    sandbox.ok('rm', '-f', 'up', 'still');
    // The monitor and its exit hook take a moment to see that there is nothing left to do.
    await untilTrue(() => leftovers(sandbox).length === 0);
    sandbox.dispose();
    expect(existsSync(folder)).toBe(false);
  });

  const read = (container: string, path: string) => {
    const { code, stdout, stderr } = sandbox.run(['exec', container, 'cat', path]);
    if (code !== 0) throw new Error(stderr);
    return stdout;
  };

  describe.each(['up', 'still'])('cp out of a container (%s)', (name) => {
    it('sees volumes and binds as the container does', () => {
      sandbox.ok('cp', `${name}:/bound/host`, rel('out-host'));
      expect(readFileSync(rel('out-host'), 'utf8')).toBe('from the host');
      sandbox.ok('cp', `${name}:named/in`, rel('out-in'));
      expect(readFileSync(rel('out-in'), 'utf8')).toBe('in\n');
    });

    it('copies a folder into one that exists, or as one that does not', () => {
      mkdirSync(rel(`into-${name}`));
      sandbox.ok('cp', `${name}:/named`, rel(`into-${name}`));
      expect(readdirSync(rel(`into-${name}`))).toEqual(['named']);
      sandbox.ok('cp', `${name}:/named/.`, rel(`into-${name}`));
      expect(readdirSync(rel(`into-${name}`)).sort()).toEqual(['in', 'named']);
      sandbox.ok('cp', `${name}:/named`, rel(`as-${name}`));
      expect(readdirSync(rel(`as-${name}`))).toEqual(['in']);
    });

    it('sends a tar for -', () => {
      const tar = spawnSync('sh', ['-c', `"${process.execPath}" packages/cli/bin/caisson.cjs cp ${name}:/named - | tar -t`], { env: sandbox.env, encoding: 'utf8' });
      expect(tar.stdout).toBe('named/\nnamed/in\n');
    });

    it('says what is not there', () => {
      expect(sandbox.fail('cp', `${name}:/no/such`, rel('x')).stderr).toContain('there is no /no/such in container');
      expect(sandbox.fail('cp', `${name}:/named/in`, rel('no', 'such', 'folder')).stderr).toContain('does not exist');
      expect(sandbox.fail('cp', `${name}:/named/in`, `${rel('nofolder')}/`).stderr).toContain('does not exist');
      expect(sandbox.fail('cp', `${name}:/named`, rel('bound', 'host')).stderr).toContain('which is a file');
      expect(existsSync(rel('nofolder'))).toBe(false);
    });
  });

  it('copies links as links, or with -L what they lead to', () => {
    sandbox.ok('cp', 'up:/made/link', rel('link'));
    expect(readlinkSync(rel('link'))).toBe('/made/one');
    sandbox.ok('cp', '-L', 'up:/made/link', rel('followed'));
    expect(readFileSync(rel('followed'), 'utf8')).toBe('one\n');
    sandbox.ok('cp', 'up:/dirlink/', rel('whole'));
    expect(readdirSync(rel('whole')).sort()).toEqual(['escape', 'link', 'one']);
    // It leads to the container's own file, not to the host's.
    const passwd = sandbox.run(['cp', '-L', 'up:/made/escape', '-']);
    expect(passwd.stdout).not.toContain(readFileSync('/etc/passwd', 'utf8').split('\n')[1] ?? 'no passwd');
  });

  it('sees tmpfs and changes of a running container', () => {
    sandbox.ok('exec', 'up', 'sh', '-c', 'echo t > /scratch/t');
    sandbox.ok('cp', 'up:/scratch/t', rel('t'));
    expect(readFileSync(rel('t'), 'utf8')).toBe('t\n');
  });

  it("does not take the kernel's files for empty ones, and leaves them out of what they are in", () => {
    for (const path of ['/proc/1/status', '/proc', '/sys/kernel/mm']) {
      expect(sandbox.fail('cp', `up:${path}`, rel('kernels')).stderr).toContain(`${path} is made by the kernel`);
      expect(existsSync(rel('kernels'))).toBe(false);
    }
    expect(sandbox.fail('cp', '/proc/version', 'up:/version').stderr).toContain('is made by the kernel');
    expect(sandbox.run(['exec', 'up', 'test', '-e', '/version']).code).toBe(1);
    const tar = spawnSync('sh', ['-c', `"${process.execPath}" packages/cli/bin/caisson.cjs cp up:/ - | tar -t`], { env: sandbox.env, encoding: 'utf8' });
    const names = tar.stdout.split('\n').map((name) => name.replace(/^\.?\//, ''));
    expect(names).toContain('made/one');
    expect(names.filter((name) => /^(?:proc|sys)\/./.test(name) && !name.endsWith('/'))).toEqual([]);
    expect(names).not.toContain('proc/1/');
  });

  describe.each(['up', 'still'])('cp into a container (%s)', (name) => {
    const content = (path: string) => spawnSync('sh', ['-c', `"${process.execPath}" packages/cli/bin/caisson.cjs cp ${name}:${path} - | tar -xO`], { env: sandbox.env, encoding: 'utf8' }).stdout;

    it('copies a file to a name, into a folder, over a file', () => {
      writeFileSync(rel('in.txt'), 'copied');
      sandbox.ok('cp', rel('in.txt'), `${name}:/new-name`);
      expect(content('/new-name')).toBe('copied');
      sandbox.ok('cp', rel('in.txt'), `${name}:/tmp`);
      expect(content('/tmp/in.txt')).toBe('copied');
      writeFileSync(rel('in.txt'), 'again');
      sandbox.ok('cp', rel('in.txt'), `${name}:/new-name`);
      expect(content('/new-name')).toBe('again');
    });

    it('copies folders by the same rules', () => {
      sandbox.tree('tree', { 'a/b': 'b', c: 'c', '.wh.c': 'no whiteout' });
      sandbox.ok('cp', rel('tree'), `${name}:/copied`);
      expect(content('/copied/a/b')).toBe('b');
      expect(content('/copied/c')).toBe('c');
      expect(content('/copied/.wh.c')).toBe('no whiteout');
      sandbox.ok('cp', rel('tree'), `${name}:/copied`);
      expect(content('/copied/tree/c')).toBe('c');
      sandbox.ok('cp', `${rel('tree')}/.`, `${name}:/tmp`);
      expect(content('/tmp/a/b')).toBe('b');
      expect(sandbox.fail('cp', rel('tree'), `${name}:/new-name`).stderr).toContain('which is a file');
      expect(sandbox.fail('cp', rel('in.txt'), `${name}:/no/such/folder/x`).stderr).toContain('there is no folder /no/such/folder');
      expect(sandbox.fail('cp', rel('in.txt'), `${name}:/nothing/`).stderr).toContain('does not exist');
    });

    it('writes through to volumes and binds', () => {
      sandbox.ok('cp', rel('in.txt'), `${name}:/bound/written-${name}`);
      expect(readFileSync(rel('bound', `written-${name}`), 'utf8')).toBe('again');
      sandbox.ok('cp', rel('in.txt'), `${name}:/named/written-${name}`);
      expect(read('up', `/named/written-${name}`)).toBe('again');
    });

    it('keeps owners with -a, and else gives all to root', () => {
      writeFileSync(rel('owned'), 'x');
      chownSync(rel('owned'), 1234, 5678);
      chmodSync(rel('owned'), 0o4750);
      const listing = () => spawnSync('sh', ['-c', `"${process.execPath}" packages/cli/bin/caisson.cjs cp ${name}:/owned - | tar -tv --numeric-owner`], { env: sandbox.env, encoding: 'utf8' }).stdout;
      sandbox.ok('cp', rel('owned'), `${name}:/owned`);
      expect(listing()).toMatch(/^-rwsr-x--- 0\/0 /);
      sandbox.ok('cp', '-a', rel('owned'), `${name}:/owned`);
      expect(listing()).toMatch(/^-rwsr-x--- 1234\/5678 /);
    });

    it('takes a tar from standard input', () => {
      const tar = spawnSync('tar', ['-c', '--owner=7', '--group=8', '-C', rel('tree'), 'a']).stdout;
      expect(sandbox.run(['cp', '-', `${name}:/tmp`], { input: tar })).toMatchObject({ code: 0 });
      expect(content('/tmp/a/b')).toBe('b');
      expect(sandbox.run(['cp', '-', `${name}:/new-name`], { input: tar }).stderr).toContain('is no folder');
    });
  });

  it('never leaves the container by links in it', () => {
    sandbox.ok('exec', 'up', 'sh', '-c', `mkdir -p /trap; ln -s ${sandbox.folder} /trap/out; ln -s ../../../../../../../..${sandbox.folder} /trap/up; ln -s ${rel('planted')} /trap/file`);
    writeFileSync(rel('secret'), 'secret');
    expect(sandbox.fail('cp', 'up:/trap/out/secret', rel('stolen')).stderr).toContain('there is no');
    expect(sandbox.fail('cp', 'up:/trap/up/secret', rel('stolen')).stderr).toContain('there is no');
    sandbox.fail('cp', rel('in.txt'), 'up:/trap/out/planted');
    sandbox.run(['cp', rel('in.txt'), 'up:/trap/file']);
    expect(existsSync(rel('planted'))).toBe(false);
    expect(existsSync(rel('stolen'))).toBe(false);
  });

  it('never leaves the container while a process swaps folders for links', async () => {
    sandbox.ok('exec', '-d', 'up', 'sh', '-c', `mkdir -p /race/real; echo mine > /race/real/secret; cd /race; while :; do mv real kept; ln -s ${sandbox.folder} real; rm real; mv kept real; done`);
    await untilTrue(() => sandbox.run(['exec', 'up', 'test', '-e', '/race/real/secret']).code === 0);
    writeFileSync(rel('secret'), "the host's");
    let found = 0;
    // As many as it takes to meet it between two swaps: a slow machine may not at first.
    for (let round = 0; round < 12 || (found === 0 && round < 200); round++) {
      const out = sandbox.run(['cp', 'up:/race/real/secret', '-']);
      expect(out.stdout).not.toContain("the host's");
      if (out.stdout.includes('mine')) found++;
      sandbox.run(['cp', rel('in.txt'), `up:/race/real/raced-${round}`]);
    }
    expect(found).toBeGreaterThan(0);
    expect(readdirSync(sandbox.folder).filter((file) => file.startsWith('raced'))).toEqual([]);
  }, 180_000);

  it('refuses to write to what is read-only', () => {
    for (const [name, ...options] of [['ro-root', '--read-only'], ['ro-bind', '-v', `${rel('bound')}:/bound:ro`]] as const) {
      sandbox.ok('create', '--name', name, '--network', 'none', ...options, 'localhost/busybox:1', 'true');
      expect(sandbox.fail('cp', rel('in.txt'), `${name}:${name === 'ro-bind' ? '/bound/x' : '/x'}`).stderr).toContain('read-only');
      sandbox.ok('rm', name);
    }
    expect(existsSync(rel('bound', 'x'))).toBe(false);
  });

  it('lists what changed', () => {
    sandbox.ok('run', '--name', 'changed', '--network', 'none', '-v', '/data/new', 'localhost/busybox:1', 'sh', '-c', 'echo x > /etc/x; rm /bin/vi; mkdir -p /deep/er; echo y > /deep/er/y');
    expect(sandbox.ok('diff', 'changed').split('\n').sort()).toEqual(['A /deep', 'A /deep/er', 'A /deep/er/y', 'A /etc/x', 'C /bin', 'C /etc', 'D /bin/vi'].sort());
    sandbox.ok('create', '--name', 'untouched', '--network', 'none', 'localhost/busybox:1', 'true');
    expect(sandbox.ok('diff', 'untouched')).toBe('');
    sandbox.ok('start', 'untouched');
    sandbox.ok('wait', 'untouched');
    expect(sandbox.ok('diff', 'untouched')).toBe('');
  });

  it('exports, of a running container too', () => {
    for (const name of ['changed', 'up']) {
      sandbox.ok('export', '-o', rel(`${name}.tar`), name);
      const names = spawnSync('tar', ['-tf', rel(`${name}.tar`)], { encoding: 'utf8' }).stdout.split('\n');
      expect(names).toContain('bin/busybox');
      expect(names).not.toContain('bound/host');
    }
    expect(spawnSync('tar', ['-xOf', rel('up.tar'), 'made/one'], { encoding: 'utf8' }).stdout).toBe('one\n');
    expect(spawnSync('tar', ['-tf', rel('changed.tar')], { encoding: 'utf8' }).stdout).not.toMatch(/^bin\/vi$/m);
  });

  it('commits a container as an image', () => {
    const id = sandbox.ok('commit', '-a', 'Ada', '-m', 'note', '-c', 'CMD ["cat", "/etc/x"]', '-c', 'ENV MORE=1', '-c', 'LABEL a=b', 'changed', 'committed:1');
    expect(id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(sandbox.ok('run', '--rm', '--network', 'none', 'committed:1')).toBe('x');
    expect(sandbox.run(['run', '--rm', '--network', 'none', 'committed:1', 'ls', '/bin/vi']).code).toBe(1);
    expect(sandbox.ok('run', '--rm', '--network', 'none', 'committed:1', 'sh', '-c', 'echo $MORE')).toBe('1');
    const [image] = JSON.parse(sandbox.ok('image', 'inspect', 'committed:1')) as { Author: string; Comment: string; Config: { Labels: object; Cmd: string[] } }[];
    expect(image).toMatchObject({ Author: 'Ada', Comment: 'note', Config: { Labels: { a: 'b' }, Cmd: ['cat', '/etc/x'] } });
    // The stubs of mounts are no changes, and are not committed.
    const { stdout } = spawnSync('tar', ['-tf', '-'], { input: spawnSync(process.execPath, ['packages/cli/bin/caisson.cjs', 'save', 'committed:1'], { env: sandbox.env, maxBuffer: 2 ** 28 }).stdout, encoding: 'utf8' });
    expect(stdout).toContain('manifest.json');
    expect(sandbox.fail('commit', '-c', 'RUN true', 'changed').stderr).toContain('cannot be applied');
  });

  it('commits a running container, which goes on', () => {
    sandbox.ok('commit', 'up', 'committed:up');
    expect(sandbox.ok('run', '--rm', '--network', 'none', 'committed:up', 'cat', '/made/one')).toBe('one');
    expect(sandbox.ok('ps', '--format', 'json')).toContain('"up"');
    expect(sandbox.ok('exec', 'up', 'echo', 'alive')).toBe('alive');
  });

  it('says where the disk is full that cp writes to', () => {
    const full = rel('full');
    mkdirSync(full);
    expect(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', full]).status).toBe(0);
    try {
      for (const target of [full, `${full}/named`]) {
        const { stderr } = sandbox.fail('cp', 'up:/bin/busybox', target);
        expect(stderr).toMatch(/no space left on the disk while copying to [^ ]*full[^]*hint: free some space for [^ ]*full,/);
        expect(stderr).not.toContain('--data-root');
      }
    } finally {
      spawnSync('umount', [full]);
    }
  });

  it('leaves no mount behind', () => {
    const mounts = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter((line) => line.includes(rel('run', 'mounts')));
    expect(mounts).toEqual([]);
    expect(existsSync(rel('run', 'mounts')) ? readdirSync(rel('run', 'mounts')) : []).toEqual([]);
    symlinkSync('nowhere', rel('dangling'));
    sandbox.ok('cp', rel('dangling'), 'up:/tmp/dangling');
    expect(lstatSync(rel('dangling')).isSymbolicLink()).toBe(true);
  });
});
