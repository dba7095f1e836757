import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { cliPath, isRoot, Sandbox } from './support.js';

const base = 'localhost/busybox:1';

/** What a slip of the pen comes to: the line that tells, and the hint. Nothing is built. */
describe('what is wrong with the options of a build', () => {
  let box: Sandbox;
  let folder: string;
  beforeAll(() => {
    box = Sandbox.withBase();
    folder = box.tree('app', { Dockerfile: `ARG TAG=1\nFROM localhost/busybox:$TAG AS tool\nARG VERSION=1\nCOPY x /x\nFROM scratch\nCOPY --from=tool /x /\n`, x: 'x' });
    mkdirSync(box.path('empty'));
  });
  afterAll(() => box?.dispose());

  it.each([
    [['--label', '=x'], /--label: "=x"[\s\S]*NAME=VALUE/],
    [['--label', ''], /--label: ""[\s\S]*NAME=VALUE/],
    [['--annotation', 'x'], /--annotation: "x"/],
    [['--build-context', 'src'], /--build-context: "src"[\s\S]*NAME=FOLDER/],
    [['--build-context', 'src=/nowhere'], /there is no folder \/nowhere for the context src/],
    [['--build-context', 'src=docker-images://x'], /--build-context: "src=docker-images:\/\/x"[\s\S]*docker-image:/],
    [['--annotation', 'indx:a=b'], /--annotation: "indx:a=b"[\s\S]*index:NAME=VALUE/],
    [['--sbom=ture'], /--sbom: "ture"[\s\S]*true or false/],
    [['--ssh', 'default=/nowhere/agent'], /--ssh default: there is no socket \/nowhere\/agent/],
    [['--allow', 'network.hosts'], /--allow: "network\.hosts"[\s\S]*network\.host, security\.insecure/],
    [['--iidfile', '/nowhere/at/all'], /there is no folder \/nowhere\/at to write/],
    [['--metadata-file', '/nowhere/at/all'], /there is no folder \/nowhere\/at to write/],
    [['--progress', 'plian'], /--progress: "plian"[\s\S]*plain/],
    [['--no-chache'], /--no-chache[\s\S]*--no-cache\?/],
    [['--platform', 'linux/amd46'], /the store has localhost\/busybox:1 for linux\/\w+ and not for linux\/amd46; .*nothing answers at localhost/],
    [['--target', 'tol'], /target stage "tol"[\s\S]*did you mean tool\?/],
    [['--secret', 'id=x,srcc=y'], /--secret is not valid/],
    [['--cache-from', 'type=s3'], /--cache-from: "type=s3"[\s\S]*registry, local, inline/],
    [['-t', 'App'], /lower case/],
    [['--network', 'hots'], /--network: "hots"/],
  ] as [string[], RegExp][])('%j', (args, told) => {
    expect(box.fail('build', ...args, folder).stderr).toMatch(told);
    expect(box.ok('images', '-q')).not.toContain('\n');
  });

  it('tells of contexts that are not there', () => {
    expect(box.fail('build', box.path('nowhere')).stderr).toMatch(/there is no folder .*nowhere to build from/);
    expect(box.fail('build', box.path('empty')).stderr).toMatch(/there is no Dockerfile in .*empty[\s\S]*-f FILE/);
  });

  it('warns of names that the Dockerfile does not have', () => {
    const { stderr, code } = box.run(['build', '--progress', 'plain', '--build-arg', 'VERSOIN=2', '--build-arg', 'HTTP_PROXY=http://proxy', '--build-arg', 'TAG=1', '--no-cache-filter', 'tol', folder]);
    expect(code).toBe(0);
    expect(stderr.match(/^warning: .*$/gm)).toEqual(['warning: the build argument VERSOIN was not used: did you mean VERSION?', 'warning: there is no stage "tol" to keep from the cache: did you mean tool?']);
    box.ok('build', '-t', 'triggers', box.tree('triggers', { Dockerfile: `FROM ${base}\nONBUILD ARG LATER\n` }));
    expect(box.run(['build', '--progress', 'plain', '--build-arg', 'LATER=1', box.tree('triggered', { Dockerfile: 'FROM triggers\n' })]).stderr).not.toMatch(/warning/);
  });

  it('keeps only the stages that it is told of from the cache', () => {
    box.ok('build', '-q', folder);
    const { stderr } = box.run(['build', '--progress', 'plain', '--explain', '--no-cache-filter', 'TOOL', folder]);
    expect(stderr).toMatch(/COPY x \/x\n#\d+ cache miss: the cache is not to be used/);
    expect(stderr).toMatch(/#3 cache hit/);
  });

  it.each([
    ['COPY --from=tol /x /y', /there is no stage tol[\s\S]*did you mean the stage tool\?/],
    ['STOPSIGNAL SIGTREM', /no signal "SIGTREM"[\s\S]*SIGTERM/],
    ['STOPSIGNAL 65', /no signal "65"/],
  ])('%s', (line, told) => {
    const { stderr } = box.fail('build', box.tree('slip', { Dockerfile: `FROM scratch AS tool\nCOPY x /x\nFROM ${base}\n${line}\n`, x: '' }));
    expect(stderr).toMatch(told);
    expect(stderr).toContain(`4 | ${line}`);
  });

  it.each(['build', 'builder build', 'image build'])('%s finds what V8 compiled when it ran before, and makes nothing of it anew', (command) => {
    const folder = box.tree('compiled', { Dockerfile: 'FROM scratch\nCOPY x /\n', x: '' });
    const own = { ...box.env, XDG_CACHE_HOME: box.path(`code-${command.replace(' ', '-')}`) };
    mkdirSync(own.XDG_CACHE_HOME);
    const build = () => {
      execFileSync(process.execPath, [cliPath, ...command.split(' '), '-q', folder], { env: own });
      const files = readdirSync(own.XDG_CACHE_HOME, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
      return files.map(({ parentPath, name }) => `${name} ${statSync(join(parentPath, name)).ino}`).sort();
    };
    // The first copies, the second has it in its cache.
    build();
    const kept = build();
    expect(kept.join()).toMatch(/builder\.cjs@.*core\.cjs@.*main\.cjs@/);
    expect(build()).toEqual(kept);
  });

  it.skipIf(!isRoot)('shows the last lines of a RUN that failed, also where nothing else is shown (RUN needs root here)', () => {
    const { stdout, stderr } = box.fail('build', '-q', box.tree('quiet', { Dockerfile: `FROM ${base}\nRUN for i in $(seq 40); do echo line $i; done; exit 4\n` }));
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^\| line \d+\n[\s\S]*\| line 40\ncaisson: .* exited with code 4\n {2}at .*Dockerfile:2:1\n {2}2 \| RUN for i/);
    expect(box.fail('build', '-q', box.tree('bare', { Dockerfile: 'FROM scratch\nCOPY x /\nRUN make\n', x: '' })).stderr).toMatch(/make exited with code 127[\s\S]*hint: there is no \/bin\/sh in this stage/);
  });
});
