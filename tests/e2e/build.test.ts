import { execFileSync } from 'node:child_process';
import { symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isRoot, leftovers, Sandbox, untilTrue } from './support.js';

const base = 'localhost/busybox:1';

describe('build of files alone', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  const config = (name: string) => JSON.parse(box.ok('inspect', '-f', '{{json .Config}}', name)) as Record<string, unknown>;

  it('applies every instruction of the config', () => {
    const folder = box.tree('config', {
      Dockerfile: [
        `ARG BASE=${base}`,
        'FROM ${BASE} AS one',
        'ARG VERSION=1',
        'LABEL version="$VERSION" vendor=acme',
        'ENV PATH=/opt/bin:$PATH GREETING="hello world"',
        'WORKDIR /srv',
        'WORKDIR app',
        'USER web:staff',
        'EXPOSE 80 53/udp',
        'VOLUME /data',
        'STOPSIGNAL SIGINT',
        'SHELL ["/bin/sh", "-ec"]',
        'ENTRYPOINT ["/bin/echo"]',
        'CMD one two',
        '',
      ].join('\n'),
    });
    box.ok('build', '-q', '-t', 'config', '--build-arg', 'VERSION=2', '--label', 'built=yes', folder);
    expect(config('config')).toMatchObject({
      Labels: { version: '2', vendor: 'acme', built: 'yes' },
      Env: ['PATH=/opt/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', 'GREETING=hello world'],
      WorkingDir: '/srv/app',
      User: 'web:staff',
      ExposedPorts: { '80/tcp': {}, '53/udp': {} },
      Volumes: { '/data': {} },
      StopSignal: 'SIGINT',
      Entrypoint: ['/bin/echo'],
      Cmd: ['/bin/sh', '-ec', 'one two'],
      Shell: ['/bin/sh', '-ec'],
    });
  });

  it('prints only the ID with -q', () => {
    const folder = box.tree('quiet', { Dockerfile: `FROM ${base}\nENV A=1\n` });
    const { stdout, stderr } = box.run(['build', '-q', folder]);
    expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(stderr).toBe('');
    expect(box.ok('build', '-q', '--iidfile', box.path('iid'), folder)).toBe(stdout.trim());
  });

  it('is the same, bit for bit, in another place and at another time', () => {
    const files = { Dockerfile: `FROM ${base}\nCOPY . /app\nENV A=1\n`, 'a.txt': 'a', 'sub/b.txt': 'b' };
    const one = box.tree('here', files);
    const two = box.tree('deep/down/there', files);
    utimesSync(`${two}/a.txt`, 1, 1);
    const other = Sandbox.withBase();
    try {
      const [first, second] = [box.ok('build', '-q', one), box.ok('build', '-q', '--no-cache', two)];
      expect(second).toBe(first);
      // Its base was imported at another time: the layers must be the same, and so must the image once it has the same base.
      other.ok('save', '-o', other.path('x.tar'), base);
      box.ok('save', '-o', other.path('base.tar'), base);
      other.ok('load', '-i', other.path('base.tar'));
      expect(other.ok('build', '-q', two)).toBe(first);
    } finally {
      other.dispose();
    }
  });

  it('takes an unchanged context from the cache, also when it was touched, and notices one byte', () => {
    const folder = box.tree('cached', { Dockerfile: `FROM ${base}\nCOPY . /app\n`, 'a.txt': 'a' });
    const first = box.ok('build', '-q', folder);
    utimesSync(`${folder}/a.txt`, new Date(), new Date());
    const again = box.run(['build', '--progress', 'plain', folder]);
    expect(again.stderr).toMatch(/CACHED/);
    expect(box.ok('build', '-q', folder)).toBe(first);
    writeFileSync(`${folder}/a.txt`, 'b');
    const changed = box.run(['build', '--progress', 'plain', '--explain', folder]);
    expect(changed.stderr).toMatch(/a\.txt/);
    expect(box.ok('build', '-q', folder)).not.toBe(first);
  });

  it('skips stages that the target does not need', () => {
    const folder = box.tree('stages', { Dockerfile: `FROM ${base} AS one\nENV STAGE=one\nFROM localhost/does-not-exist AS two\nENV STAGE=two\nFROM one\nENV LAST=1\n` });
    box.ok('build', '-q', '-t', 'stages', folder);
    box.ok('build', '-q', '-t', 'stages:one', '--target', 'one', folder);
    expect(config('stages:one').Env).toContain('STAGE=one');
    expect(box.fail('build', '--target', 'three', folder).stderr).toMatch(/three/);
  });

  it('leaves out what .dockerignore says', () => {
    const folder = box.tree('ignore', { Dockerfile: `FROM scratch\nCOPY . /\n`, '.dockerignore': '**/*.log\n!keep.log\nnode_modules\n', 'a.txt': '', 'x.log': '', 'keep.log': '', 'node_modules/m.js': '', 'src/y.log': '' });
    box.ok('build', '-q', '-t', 'ignore', folder);
    box.ok('save', '-o', box.path('ignore.tar'), 'ignore');
    expect(files(box, 'ignore')).toEqual(['.dockerignore', 'Dockerfile', 'a.txt', 'keep.log', 'src/']);
  });

  const faults: [string, string, RegExp][] = [
    ['an unknown instruction', `FROM ${base}\nCOPPY a b\n`, /COPPY[\s\S]*Dockerfile:2:1[\s\S]*\n.*COPPY a b\n.*\^+/],
    ['a missing file', `FROM ${base}\nCOPY nothing.txt /\n`, /nothing\.txt[\s\S]*Dockerfile:2/],
    ['an unknown flag', `FROM ${base}\nCOPY --chwon=1 a b\n`, /chwon/],
    ['no FROM', 'RUN true\n', /FROM|build stage/],
    ['an empty file', '\n', /empty/],
    ['a name that is none', 'FROM UPPER\n', /lower case/],
    ['a base that is nowhere', 'FROM localhost:1/none\n', /localhost:1/],
    ['an escape from the context', `FROM ${base}\nCOPY ../../etc/passwd /\n`, /etc\/passwd/],
    ['an unfinished heredoc', `FROM ${base}\nCOPY <<EOF /x\nabc\n`, /heredoc|EOF/i],
    ['a bad variable', `FROM ${base}\nENV A=\${B:?must be set}\n`, /must be set|B/],
  ];
  it.each(faults)('tells of %s', (name, dockerfile, message) => {
    const folder = box.tree(`faults/${name}`, { Dockerfile: dockerfile });
    const { stderr, code } = box.fail('build', '-t', 'faulty', folder);
    expect(code).toBe(1);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/\.js:\d+/);
    expect(box.ok('images', '-q', 'faulty')).toBe('');
  });

  it('does not follow a link out of the context', () => {
    const folder = box.tree('links', { Dockerfile: `FROM scratch\nCOPY out/passwd /\n` });
    symlinkSync('/etc', `${folder}/out`);
    expect(box.fail('build', folder).stderr).toMatch(/caisson: /);
  });

  it('reads the Dockerfile from elsewhere and from standard input', () => {
    const folder = box.tree('elsewhere', { 'deploy/My.Dockerfile': `FROM ${base}\nCOPY a.txt /\n`, 'a.txt': 'a' });
    const id = box.ok('build', '-q', '-f', `${folder}/deploy/My.Dockerfile`, folder);
    expect(box.run(['build', '-q', '-f', '-', folder], { input: `FROM ${base}\nCOPY a.txt /\n` }).stdout.trim()).toBe(id);
    expect(box.fail('build', '-f', `${folder}/nope`, folder).stderr).toMatch(/nope/);
  });
});

/** Paths in the topmost layer of an image. */
function files(box: Sandbox, image: string): string[] {
  const { Layers } = JSON.parse(box.ok('inspect', '-f', '{{json .RootFS}}', image)) as { Layers: string[] };
  const blob = box.path('data/content/blobs/sha256', Layers.at(-1)?.slice(7) ?? '');
  return tarNames(blob);
}

function tarNames(path: string): string[] {
  return execFile('tar', ['-tf', path]).split('\n').filter(Boolean).map((name) => name.replace(/^\.\//, '')).sort();
}

describe.skipIf(!isRoot)('build with RUN', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  it('runs in both forms, copies between stages, sets owners and modes', () => {
    const folder = box.tree('full', {
      Dockerfile: [
        `FROM ${base} AS build`,
        'WORKDIR /src',
        'COPY main.sh .',
        'RUN sed -i s/NAME/Caisson/ main.sh && chmod +x main.sh',
        'RUN ["/bin/sh", "-c", "mkdir out && cp main.sh out/app"]',
        `FROM ${base}`,
        'COPY --from=build --chown=web:staff --chmod=750 /src/out/app /usr/local/bin/app',
        'ADD extra.tar /opt/',
        'ENTRYPOINT ["app"]',
        '',
      ].join('\n'),
      'main.sh': '#!/bin/sh\necho "I am NAME, $(stat -c "%U:%G %a" /usr/local/bin/app)"\n',
      'pack/inner.txt': 'inner\n',
    });
    execFile('tar', ['-C', `${folder}/pack`, '-cf', `${folder}/extra.tar`, 'inner.txt']);
    box.ok('build', '-q', '-t', 'full', folder);
    expect(box.ok('run', '--rm', '--network', 'none', '-u', 'web', 'full')).toBe('I am Caisson, web:staff 750');
    expect(box.ok('run', '--rm', '--network', 'none', '--entrypoint', 'cat', 'full', '/opt/inner.txt')).toBe('inner');
  });

  it('keeps what RUN removes removed', () => {
    const folder = box.tree('whiteout', { Dockerfile: `FROM ${base}\nRUN mkdir -p /d/e && echo 1 > /d/e/f && echo 2 > /g\nRUN rm -r /d /g && mkdir /d && ln -s /bin/sh /d/shell\n` });
    box.ok('build', '-q', '-t', 'whiteout', folder);
    expect(box.ok('run', '--rm', '--network', 'none', 'whiteout', 'sh', '-c', 'ls /d /g 2>&1 | sort')).toBe('/d:\nls: /g: No such file or directory\nshell');
  });

  it('shows what failed: command, exit code, last lines, source', () => {
    const folder = box.tree('failing', { Dockerfile: `FROM ${base}\nRUN echo before; echo "it broke" >&2; exit 3\n` });
    const { stderr, code } = box.fail('build', '-t', 'failing', folder);
    expect(stderr).toMatch(/it broke/);
    expect(stderr).toMatch(/exit code:? 3|ended with 3|3/);
    expect(stderr).toMatch(/Dockerfile:2/);
    expect(code).toBe(1);
    expect(box.ok('images', '-q', 'failing')).toBe('');
  });

  it('takes RUN from the cache until something before it changes', () => {
    const folder = box.tree('runcache', { Dockerfile: `FROM ${base}\nCOPY a.txt /\nRUN cat /proc/sys/kernel/random/uuid > /stamp\n`, 'a.txt': '1' });
    const first = box.ok('build', '-q', folder);
    expect(box.ok('build', '-q', folder)).toBe(first);
    expect(box.ok('build', '-q', '--no-cache', folder)).not.toBe(first);
    writeFileSync(`${folder}/a.txt`, '2');
    expect(box.ok('build', '-q', folder)).not.toBe(first);
  });

  it('leaves no image and nothing running when it is interrupted, and then works', async () => {
    const folder = box.tree('slow', { Dockerfile: `FROM ${base}\nRUN sleep 30\n` });
    const child = box.spawn(['build', '--progress', 'plain', '-t', 'slow', folder]);
    let shown = '';
    child.stderr?.on('data', (data: Buffer) => (shown += data.toString()));
    await untilTrue(() => /RUN sleep/.test(shown));
    await new Promise((resolve) => setTimeout(resolve, 500));
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(130);
    expect(box.ok('images', '-q', 'slow')).toBe('');
    await untilTrue(() => leftovers(box).length === 0);
    writeFileSync(`${folder}/Dockerfile`, `FROM ${base}\nRUN true\n`);
    box.ok('build', '-q', '-t', 'slow', folder);
    expect(box.ok('system', 'check')).toMatch(/all is well/);
  });

  it('runs stages at the same time', () => {
    const folder = box.tree('parallel', { Dockerfile: `FROM ${base} AS a\nRUN sleep 1.2; cut -d' ' -f1 /proc/uptime > /end\nFROM ${base} AS b\nRUN cut -d' ' -f1 /proc/uptime > /begin; sleep 1.2\nFROM ${base}\nCOPY --from=a /end /\nCOPY --from=b /begin /\n` });
    box.ok('build', '-q', '-t', 'parallel', folder);
    const [end, begin] = box.ok('run', '--rm', '--network', 'none', 'parallel', 'sh', '-c', 'cat /end /begin').split('\n').map(Number);
    expect(begin).toBeLessThan(end ?? 0);
  });
});

function execFile(program: string, args: string[]): string {
  return execFileSync(program, args, { encoding: 'utf8' });
}

describe('where builds go and what they leave', () => {
  let box: Sandbox;
  let folder: string;
  beforeAll(() => {
    box = Sandbox.withBase();
    folder = box.tree('app', { Dockerfile: `FROM ${base} AS files\nCOPY a.txt /dir/\nFROM scratch\nCOPY --from=files /dir /\n`, 'a.txt': 'exported\n' });
  });
  afterAll(() => box?.dispose());

  it('writes folders and archives', () => {
    box.ok('build', '-q', '-o', box.path('out'), folder);
    expect(execFile('cat', [box.path('out/a.txt')])).toBe('exported\n');
    box.ok('build', '-q', '-o', `type=oci,dest=${box.path('out.tar')}`, '-t', 'archived:1', folder);
    expect(execFile('tar', ['-tf', box.path('out.tar')])).toMatch(/index\.json/);
    expect(box.fail('build', '-o', 'type=zip,dest=x', folder).stderr).toMatch(/--output/);
    expect(box.fail('build', '--cache-to', 'type=local', folder).stderr).toMatch(/--cache-to/);
  });

  it('shares its cache through a folder', () => {
    box.ok('build', '-q', '--cache-to', `type=local,dest=${box.path('cache')},mode=max`, folder);
    const other = new Sandbox();
    try {
      box.ok('save', '-o', box.path('base.tar'), base);
      other.ok('load', '-i', box.path('base.tar'));
      expect(other.run(['build', '--progress', 'plain', '--cache-from', `type=local,src=${box.path('cache')}`, folder]).stderr).toMatch(/COPY a\.txt[\s\S]*CACHED/);
    } finally {
      other.dispose();
    }
  });

  it('is listed, and its cache can be looked at and pruned', () => {
    box.ok('build', '-q', '-t', 'listed', folder);
    expect(box.ok('builder', 'history')).toMatch(/listed.*completed/);
    expect(box.ok('builder', 'du')).toMatch(/COPY a\.txt/);
    expect(box.ok('builder', 'prune', '-f')).toMatch(/Total reclaimed space/);
    expect(box.ok('builder', 'du')).toMatch(/Total: 0B/);
    expect(box.fail('builder', 'prune', '-f', '--filter', 'x').stderr).toMatch(/--filter/);
  });

  it('is looked after by the commands beside building; a folder of their names is written otherwise', () => {
    box.ok('build', '-q', '-t', 'beside', folder);
    expect(box.ok('build', 'history')).toMatch(/beside.*completed/);
    const entries = () => box.ok('build', 'du', '--format', 'json').split('\n').filter(Boolean).map((line) => JSON.parse(line) as { Kind: string });
    const before = entries();
    expect(before.map(({ Kind }) => Kind)).toEqual(['layer', 'layer']);
    expect(box.ok('build', 'du', '--filter', 'type=mount')).toMatch(/Total: 0B/);
    box.ok('build', 'prune', '-f', '--filter', 'type=exec.cachemount');
    box.ok('build', 'prune', '-f', '--filter', 'until=1h', '--filter', 'type=layer');
    expect(entries()).toHaveLength(2);
    box.ok('build', 'prune', '-f', '--keep-storage', '3k');
    expect(entries()).toHaveLength(1);
    expect(box.fail('build', 'prune', '-f', '--filter', 'type=layers').stderr).toMatch(/no type "layers"[\s\S]*type=layer or type=mount/);
    expect(box.run(['help', 'build', 'prune']).stdout).toMatch(/^Usage: caisson build prune/);
    const named = box.tree('du', { Dockerfile: 'FROM scratch\nENV A=1\n' });
    expect(box.ok('build', '-q', named)).toMatch(/^sha256:/);
    expect(box.run(['build', '-q', './du'], { cwd: box.folder }).stdout).toMatch(/^sha256:/);
    expect(box.run(['build', '-q', '-t', 'x', 'du'], { cwd: box.folder }).stdout).toMatch(/^sha256:/);
  });
});
