import { spawn } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, isRoot, output, Sandbox, untilTrue } from './support.js';

const base = 'localhost/busybox:1';

describe('asking instead of building', () => {
  let box: Sandbox;
  let folder: string;
  beforeAll(() => {
    box = new Sandbox();
    folder = box.tree('app', {
      Dockerfile: `# TAG which base to take\nARG TAG=1\n# build is where it is made\nFROM localhost/none:$TAG AS build\nARG MODE=prod\nRUN --mount=type=secret,id=token,required=true make\nFROM scratch AS app\nCOPY --from=build /out /\n`,
      'bad/Dockerfile': 'FROM scratch as Final\nCOPY x .\n',
      'good/Dockerfile': 'FROM scratch AS final\nCOPY x /\n',
    });
  });
  afterAll(() => box?.dispose());

  it('lists the targets', () => {
    expect(box.ok('build', '--call=targets', folder).split('\n').map((line) => line.trim().split(/\s{2,}/))).toEqual([
      ['TARGET', 'BASE', 'DESCRIPTION'],
      ['build', 'localhost/none:1', 'is where it is made'],
      ['app (default)', 'scratch'],
    ]);
    expect(JSON.parse(box.ok('build', '--call=targets,format=json', folder))).toMatchObject({ targets: [{ name: 'build', default: false }, { name: 'app', default: true }] });
  });

  it('shows what a target can be given', () => {
    expect(JSON.parse(box.ok('build', '--call=outline,format=json', '--target', 'app', '--build-arg', 'MODE=test', folder))).toEqual({
      target: 'app',
      args: [{ name: 'TAG', description: 'which base to take', value: '1' }, { name: 'MODE', value: 'test' }],
      secrets: [{ id: 'token', required: true }],
      ssh: [],
    });
    expect(box.ok('build', '--call', 'outline', folder)).toMatch(/TARGET: +app[\s\S]*MODE +prod[\s\S]*SECRET +REQUIRED\ntoken +true/);
  });

  it('checks the Dockerfile, wherever it comes from', () => {
    expect(box.run(['build', '--check', box.path('app/good')])).toMatchObject({ code: 0, stdout: 'Check complete, no warnings found.\n' });
    const bad = box.run(['build', '--check', '-'], { input: readFileSync(box.path('app/bad/Dockerfile')) });
    expect(bad.code).toBe(1);
    expect(bad.stdout).toMatch(/FromAsCasing[\s\S]*StageNameCasing/);
    expect(bad.stdout).not.toMatch(/DL3045/); // for `caisson lint`
  });

  it('names what it does not know', () => {
    expect(box.fail('build', '--call=outlin', folder).stderr).toMatch(/no method "outlin"[\s\S]*check, outline, targets/);
    expect(box.fail('build', '--call=outline', '--target', 'ap', folder).stderr).toMatch(/ap/);
    expect(box.fail('build', '-o', 'type=oci,dest=x,compresion=zstd', folder).stderr).toMatch(/--output.*\n.*compression/);
    expect(box.fail('build', '-o', 'type=oci,dest=x,compression=zstd,compression-level=99', folder).stderr).toMatch(/1 to 19/);
    expect(box.fail('build', '--ulimit', 'nofile', folder).stderr).toMatch(/--ulimit.*\n.*NAME=SOFT/);
    expect(box.fail('build', '--attest', 'type=provenanc', folder).stderr).toMatch(/--attest/);
    expect(box.fail('build', '--debug', folder).stderr).toMatch(/needs a terminal/);
    expect(box.fail('build', '--watch', '-').stderr).toMatch(/--watch needs a folder/);
  });
});

describe.skipIf(!isRoot)('building while a Dockerfile is written (RUN needs root here)', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = Sandbox.withBase();
  });
  afterAll(() => box?.dispose());

  it('gives RUN the limits asked for', () => {
    const folder = box.tree('limits', { Dockerfile: `FROM ${base}\nRUN echo "files: $(ulimit -n)"\nRUN cat /proc/self/cgroup\n` });
    const { code, stderr } = box.run(['build', '--progress', 'plain', '--ulimit', 'nofile=77:88', '--cgroup-parent', '/caisson-test', folder]);
    expect(code).toBe(0);
    expect(stderr).toMatch(/files: 77/);
    expect(stderr).toMatch(/\/caisson-test\//);
  });

  it('builds again when a file changes, and when the build before failed', async () => {
    const folder = box.tree('watched', { Dockerfile: `FROM ${base}\nCOPY . /src\n`, '.dockerignore': 'ignored\n', 'ignored/x': '1', a: '1' });
    const child = box.spawn(['build', '--watch', '--progress', 'plain', '-t', 'watched', folder]);
    let seen = '';
    child.stderr?.on('data', (data: Buffer) => (seen += data.toString()));
    const ended = output(child);
    const built = () => seen.split('Watching for changes').length - 1;
    try {
      await untilTrue(() => built() === 1);
      box.write('watched/ignored/y', '2');
      box.write('watched/b', '2');
      await untilTrue(() => built() === 2);
      expect(seen).toMatch(/\nb changed\n/);
      expect(box.ok('run', '--rm', 'watched', 'ls', '/src').split('\n')).toContain('b');
      appendFileSync(box.path('watched/Dockerfile'), 'RUN false\n');
      await untilTrue(() => built() === 3);
      expect(seen).toMatch(/false exited with code 1/);
      box.write('watched/Dockerfile', `FROM ${base}\nENV FIXED=1\n`);
      await untilTrue(() => built() === 4);
      expect(box.ok('run', '--rm', 'watched', 'env')).toMatch(/FIXED=1/);
    } finally {
      child.kill('SIGINT');
    }
    expect((await ended).code).toBeLessThanOrEqual(130);
  });

  it('opens a shell where a RUN failed, and leaves nothing behind', async () => {
    const folder = box.tree('debugged', { Dockerfile: `FROM ${base}\nENV WHERE=here\nRUN echo made > /made && false\n` });
    // script(1) gives it a terminal.
    const child = spawn('script', ['-qec', `${process.execPath} ${cliPath} build --debug -t debugged ${folder}`, '/dev/null'], { env: { ...box.env, TERM: 'dumb' } });
    let seen = '';
    child.stdout.on('data', (data: Buffer) => (seen += data.toString()));
    await untilTrue(() => /\/ # /.test(seen));
    child.stdin.write('echo "found $(cat /made) $WHERE"; exit\n');
    await untilTrue(() => child.exitCode !== null);
    expect(seen).toMatch(/found made here/);
    expect(seen).toMatch(/exited with code 1/);
    expect(box.fail('image', 'inspect', 'debugged').code).toBe(1);
  });

  it('compresses what it writes as asked', () => {
    const folder = box.tree('packed', { Dockerfile: 'FROM scratch\nCOPY big /\n', big: 'text that shrinks well\n'.repeat(50_000) });
    const size = (how: string) => {
      box.ok('build', '-q', '-o', `type=oci,dest=${box.path('packed.tar')}${how}`, folder);
      return readFileSync(box.path('packed.tar')).length;
    };
    const [plain, weak, strong] = [size(''), size(',compression=gzip,compression-level=1'), size(',compression=zstd,compression-level=19')];
    expect(weak).toBeLessThan(plain / 10);
    expect(strong).toBeLessThan(weak);
  });
});
