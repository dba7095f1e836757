import { execFileSync } from 'node:child_process';
import { chmodSync, linkSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BuildRequest } from '@caisson/core';
import { base, Harness, isRoot } from './support/harness.js';

describe('files', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.withBase({ runtime: false });
  });
  afterAll(() => harness?.[Symbol.dispose]());

  const layer = async (dockerfile: string, context: string) => (await harness.layers(await harness.build(`FROM ${base}\n${dockerfile}`, context))).at(-1);

  it('puts files and folders where docker puts them', async () => {
    const context = harness.tree('where', { 'a.txt': 'a', 'b.txt': 'b', 'dir/x/y': 'y', 'dir/z': 'z' });
    chmodSync(`${context}/dir/x`, 0o700);
    expect(await layer('COPY a.txt /new/', context)).toEqual(['new directory 755 0:0', 'new/a.txt file 644 0:0']);
    expect(await layer('COPY a.txt /etc', context)).toEqual(['etc/a.txt file 644 0:0']);
    expect(await layer('COPY a.txt /etc/renamed', context)).toEqual(['etc/renamed file 644 0:0']);
    expect(await layer('COPY dir /d', context)).toEqual(['d directory 755 0:0', 'd/x directory 700 0:0', 'd/x/y file 644 0:0', 'd/z file 644 0:0']);
    expect(await layer('COPY *.txt /t/', context)).toEqual(['t directory 755 0:0', 't/a.txt file 644 0:0', 't/b.txt file 644 0:0']);
    expect(await layer('WORKDIR /w/v\nCOPY a.txt .', context)).toEqual(['w/v/a.txt file 644 0:0']);
    expect(await layer('COPY --chown=web:staff --chmod=u=rw,go= a.txt /o/', context)).toEqual(['o directory 755 1000:50', 'o/a.txt file 600 1000:50']);
    expect(await layer('COPY --parents dir/x/y /p/', context)).toEqual(['p directory 755 0:0', 'p/dir directory 755 0:0', 'p/dir/x directory 700 0:0', 'p/dir/x/y file 644 0:0']);
    expect(await layer('COPY --parents ./dir/./x/y /p/', context)).toEqual(['p directory 755 0:0', 'p/x directory 700 0:0', 'p/x/y file 644 0:0']);
    expect(await layer('COPY --exclude=x --exclude=*.txt . /e/', context)).toEqual(['e directory 755 0:0', 'e/dir directory 755 0:0', 'e/dir/x directory 700 0:0', 'e/dir/x/y file 644 0:0', 'e/dir/z file 644 0:0']);
    expect(await layer('COPY <<one <<"two" /h/\n$PATH\none\n$PATH\ntwo\n', context)).toEqual(['h directory 755 0:0', 'h/one file 644 0:0', 'h/two file 644 0:0']);
  });

  it('says again what the folders are that it copies into, where others would make them otherwise', async () => {
    const context = harness.tree('again', { a: 'a', 'deep/tmp/b': 'b' });
    // docker and podman give a folder that a layer does not describe to root, with mode 0755.
    expect(await layer('COPY a /tmp/x/', context)).toEqual(['tmp directory 1777 0:0', 'tmp/x directory 755 0:0', 'tmp/x/a file 644 0:0']);
    expect(await layer('COPY --parents deep/./tmp/b /', context)).toEqual(['tmp directory 1777 0:0', 'tmp/b file 644 0:0']);
    expect(await layer('WORKDIR /tmp/w', context)).toEqual(['tmp directory 1777 0:0', 'tmp/w directory 755 0:0']);
    expect(await layer('COPY a /o/a\nWORKDIR /tmp', context)).toEqual(['o directory 755 0:0', 'o/a file 644 0:0']);
    expect(await layer('COPY --chown=web --chmod=700 deep /home/web/\nCOPY a /home/web/tmp/', context)).toEqual(['home directory 755 1000:1000', 'home/web directory 755 1000:1000', 'home/web/tmp directory 700 1000:1000', 'home/web/tmp/a file 644 0:0']);
  });

  it('follows links of the destination and keeps those of the source', async () => {
    const context = harness.tree('links', { 'dir/a': 'a', 'real/f': 'f', Dockerfile: '' });
    symlinkSync('a', `${context}/dir/link`);
    symlinkSync('real', `${context}/alias`);
    linkSync(`${context}/dir/a`, `${context}/dir/b`);
    expect(await layer('COPY alias/f /x', context)).toEqual(['x file 644 0:0']);
    expect(await layer('COPY alias /y', context)).toEqual(['y directory 755 0:0', 'y/f file 644 0:0']);
    expect(await layer('COPY dir /d', context)).toEqual(['d directory 755 0:0', 'd/a file 644 0:0', 'd/b hardlink 644 0:0', 'd/link symlink 777 0:0']);
  });

  it('refuses sources outside the context', async () => {
    const context = harness.tree('outside/ctx', { a: 'a' });
    harness.tree('outside', { secret: 's' });
    symlinkSync('../secret', `${context}/up`);
    symlinkSync('/etc', `${context}/abs`);
    await expect(layer('COPY up /', context)).rejects.toMatchObject({ code: 'invalid-argument', message: expect.stringContaining('leads outside the build context') as string, range: { start: { line: 2 } } });
    await expect(layer('COPY abs/passwd /', context)).rejects.toMatchObject({ code: 'invalid-argument' });
    await expect(layer('COPY ../secret /', context)).rejects.toMatchObject({ code: expect.stringMatching(/not-found|invalid-argument/) as string });
    await expect(layer('COPY missing /', context)).rejects.toMatchObject({ code: 'not-found', message: 'there is no "missing" in the build context' });
  });

  it('gives equal images for equal inputs, and looks at contents, not times', async () => {
    const one = harness.tree('equal/one', { a: 'a', 'd/b': 'b' });
    const two = harness.tree('equal/two', { 'd/b': 'b', a: 'a' });
    utimesSync(`${two}/a`, 1000, 1000);
    const dockerfile = `FROM ${base}\nWORKDIR /app\nCOPY . .\nENV A=1\n`;
    const first = await harness.build(dockerfile, one);
    const second = await harness.build(dockerfile, two, { noCache: true });
    expect(second.root).toEqual(first.root);
    utimesSync(`${one}/a`, 2000, 2000);
    expect((await harness.build(dockerfile, one)).decisions).toEqual({ 'stage/2': 'hit', 'stage/3': 'hit' });
  });

  it('says what changed', async () => {
    const context = harness.tree('explain', { a: 'a', b: 'b' });
    const build = (dockerfile: string, args = {}) => harness.build(dockerfile, context, { buildArgs: args });
    await build(`FROM ${base}\nCOPY . /x\nWORKDIR /y\n`);
    writeFileSync(`${context}/b`, 'changed');
    expect((await build(`FROM ${base}\nCOPY . /x\nWORKDIR /y\n`)).decisions).toEqual({ 'stage/2': 'miss: files: b changed', 'stage/3': 'miss: parent: the step before it made another layer' });
    expect((await build(`FROM ${base}\nCOPY . /z\nWORKDIR /y\n`)).decisions['stage/2']).toMatch(/^miss: instruction/);
  });

  it('unpacks archives that ADD finds, and leaves them with --unpack=false', async () => {
    const { execFileSync } = await import('node:child_process');
    const context = harness.tree('add', { 'in/f': 'hello', 'in/sub/g': 'g' });
    for (const [flag, name] of [['-z', 'a.tgz'], ['-J', 'a.txz'], ['-j', 'a.tbz'], ['', 'a.bin']]) execFileSync('tar', [...(flag ? [flag] : []), '--owner=7', '--group=8', '--mtime=@5', '-cf', `${context}/${name}`, '-C', `${context}/in`, 'f', 'sub'], {});
    for (const name of ['a.tgz', 'a.txz', 'a.tbz', 'a.bin']) expect(await layer(`ADD ${name} /u/`, context)).toEqual(['u directory 755 0:0', 'u/f file 644 7:8', 'u/sub directory 755 7:8', 'u/sub/g file 644 7:8']);
    expect(await layer('ADD --unpack=false a.tgz /u/', context)).toEqual(['u directory 755 0:0', 'u/a.tgz file 644 0:0']);
  });

  it('copies between stages without running anything', async () => {
    const context = harness.tree('stages', { a: 'a' });
    const built = await harness.build(`FROM scratch AS one\nCOPY --chown=5:6 a /x/a\nFROM scratch AS unused\nCOPY nothere /\nFROM ${base}\nCOPY --from=one /x /y\n`, context);
    expect((await harness.layers(built)).at(-1)).toEqual(['y directory 755 0:0', 'y/a file 644 5:6']);
    expect(built.events).toContainEqual({ type: 'skipped', stage: 'unused', why: 'the target does not need it' });
  });

  it('builds several platforms where nothing has to be run', async () => {
    const context = harness.tree('platforms', { a: 'a' });
    const built = await harness.build('FROM scratch\nARG TARGETARCH\nLABEL arch=$TARGETARCH\nCOPY a /\n', context, { platforms: [{ os: 'linux', architecture: 'amd64' }, { os: 'linux', architecture: 'arm64' }] });
    expect(built.images.map((image) => [image.config.architecture, image.config.config?.Labels])).toEqual([['amd64', { arch: 'amd64' }], ['arm64', { arch: 'arm64' }]]);
  });
});

describe.runIf(isRoot)('RUN', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.withBase();
  });
  afterAll(() => harness?.[Symbol.dispose]());

  it('makes a layer of what a command changed, and nothing else', async () => {
    const built = await harness.build(`FROM ${base}\nRUN mkdir /d && echo hello > /d/f && rm /bin/yes\n`);
    expect((await harness.layers(built)).at(-1)).toEqual(['bin directory 755 0:0', 'bin/yes whiteout 0 0:0', 'd directory 755 0:0', 'd/f file 644 0:0']);
    expect((await harness.build(`FROM ${base}\nRUN mkdir /d && echo hello > /d/f && rm /bin/yes\n`)).decisions).toEqual({ 'stage/2': 'hit' });
  });

  it('makes no layer of a command that changes nothing', async () => {
    const built = await harness.build(`FROM ${base}\nRUN true\n`);
    expect(await harness.layers(built)).toEqual([]);
    expect(built.images[0]?.config.history?.at(-1)).toMatchObject({ empty_layer: true });
  });

  it('gives equal layers for equal results at different times', async () => {
    const dockerfile = `FROM ${base}\nRUN echo a > /f; mkdir /d; ln -s /f /l; touch -d @86400000000 /future; touch -d @700000000 /old\n`;
    const first = await harness.build(dockerfile, undefined, { noCache: true });
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect((await harness.build(dockerfile, undefined, { noCache: true })).root).toEqual(first.root);
  });

  it('runs with environment, user, folder and shell of its stage', async () => {
    const built = await harness.build(
      [
        `FROM ${base}`, 'ARG ONE=1', 'ARG TWO', 'ENV TWO=env THREE=3', 'WORKDIR /w', 'USER web', 'SHELL ["/bin/sh", "-ec"]',
        'RUN echo $ONE $TWO $THREE $FOUR > /tmp/env; id -u > /tmp/id; pwd > /tmp/pwd; echo $HOME > /tmp/home; echo "$0" > /tmp/shell', 'RUN ["/bin/sh", "-c", "echo $ONE > /tmp/exec"]',
      ].join('\n'),
      undefined,
      { buildArgs: { TWO: '2', FOUR: '4' } },
    );
    expect(await harness.text(built, 'tmp/env')).toBe('1 env 3\n');
    expect(await harness.text(built, 'tmp/id')).toBe('1000\n');
    expect(await harness.text(built, 'tmp/pwd')).toBe('/w\n');
    expect(await harness.text(built, 'tmp/exec')).toBe('1\n');
    expect(built.images[0]?.config.history?.map((entry) => entry.created_by).at(-1)).toBe('RUN |2 ONE=1 TWO=2 /bin/sh -c echo $ONE > /tmp/exec # buildkit');
  });

  it('tells what a failing command was, printed and returned', async () => {
    const failing = harness.build(`FROM ${base}\nENV A=1\nRUN echo out; echo err >&2; exit 7\n`);
    await expect(failing).rejects.toMatchObject({
      code: 'build-failed',
      message: 'echo out; echo err >&2; exit 7 exited with code 7',
      range: { start: { line: 3 } },
      details: { exitCode: 7, output: expect.arrayContaining(['out', 'err']) as string[] },
    });
    expect(await Array.fromAsync(harness.snapshotter?.list() ?? []).then((all) => all.filter(({ kind }) => kind !== 'committed'))).toEqual([]);
  });

  it('lets a failed command be looked into as it was left', async () => {
    let seen = '';
    const debug = async (failed: { run: (args: readonly string[], options: { stdio: 'pipe'; terminal: boolean }) => Promise<{ stdout: AsyncIterable<Buffer> | null; wait(): Promise<unknown>; [Symbol.asyncDispose](): PromiseLike<void> }> }) => {
      await using process = await failed.run(['/bin/cat', 'left-behind'], { stdio: 'pipe', terminal: false });
      for await (const chunk of process.stdout ?? []) seen += chunk.toString();
      await process.wait();
    };
    await expect(harness.build(`FROM ${base}\nWORKDIR /w\nRUN echo here > left-behind; exit 3\n`, undefined, { debug })).rejects.toMatchObject({ code: 'build-failed' });
    expect(seen).toBe('here\n');
  });

  it('runs heredocs, with the interpreter that they name', async () => {
    const built = await harness.build(`FROM ${base}\nRUN <<EOF\necho a > /a\necho b > /b\nEOF\nRUN <<EOF\n#!/bin/ash\necho "$0" > /c\nEOF\nRUN cat <<one > /d && cat <<two >> /d\nfirst\none\nsecond\ntwo\n`);
    expect([await harness.text(built, 'a'), await harness.text(built, 'b'), await harness.text(built, 'd')]).toEqual(['a\n', 'b\n', 'first\nsecond\n']);
    expect((await harness.layers(built)).flat().filter((line) => /dev|pipes/.test(line))).toEqual([]);
  });

  it('mounts context, stage, cache, tmpfs and secrets, and leaves no trace of them', async () => {
    const context = harness.tree('mounts', { 'src/a': 'from context', 'src/left': 'out', '.dockerignore': 'src/left' });
    const dockerfile = [
      `FROM ${base} AS tool`, 'RUN echo tool > /tool', `FROM ${base}`,
      'RUN --mount=type=bind,target=/ctx --mount=from=tool,source=/tool,target=/t/tool --mount=type=cache,target=/c,id=x --mount=type=tmpfs,target=/tm \\',
      '  --mount=type=secret,id=pw --mount=type=secret,id=pw,env=PW cat /ctx/src/a /t/tool > /out; ls /ctx/src >> /out; echo 1 >> /c/n; wc -l < /c/n >> /out; test ${#PW} = 14; cat /run/secrets/pw; touch /tm/x',
      'RUN --mount=type=bind,target=/ctx,rw --mount=type=cache,target=/c,id=x wc -l < /c/n > /count; echo spoiled > /ctx/src/a',
    ].join('\n');
    const request = { secrets: [{ id: 'pw', value: 'hunter2-secret' }] };
    const built = await harness.build(dockerfile, context, request);
    expect(await harness.text(built, 'out')).toBe('from contexttool\na\n1\n');
    expect(await harness.text(built, 'count')).toBe('1\n');
    expect((await harness.layers(built)).flat()).toEqual(['out file 644 0:0', 'count file 644 0:0']);
    expect(JSON.stringify(built)).not.toContain('hunter2');
    expect((await harness.build(dockerfile, context, { secrets: [{ id: 'pw', value: 'another' }] })).steps).toEqual({ total: 5, cached: 5 });
    await expect(harness.build(`FROM ${base}\nRUN --mount=type=secret,id=gone,required=true true`)).rejects.toMatchObject({ code: 'not-found', message: 'the secret "gone" is required, and was not given' });
  });

  it.each([
    ['secret', ',id=later', { message: 'the secret "later" is required, and was not given' }],
    ['ssh', '', { hint: 'give it with --ssh default' }],
  ])('does not take from the cache what was made when a %s was not required yet', async (type, id, expected) => {
    const dockerfile = (more: string) => `FROM ${base}\nRUN --mount=type=${type}${id}${more} true\n`;
    await harness.build(dockerfile(''));
    expect((await harness.build(dockerfile(',required=false'))).steps).toEqual({ total: 2, cached: 2 });
    await expect(harness.build(dockerfile(',required=true'))).rejects.toMatchObject({ code: 'not-found', ...expected });
  });

  it.each([
    ['secret', 'id=one,target=/s', 'id=two,target=/s'],
    ['secret', 'id=one,env=S', 'id=two,env=S'],
    ['ssh', 'id=one', 'id=two'],
  ])('does not take from the cache what was made with another %s', async (type, one, two) => {
    const given = { secrets: [{ id: 'one', value: '1' }, { id: 'two', value: '2' }], ssh: { one: harness.path('one.sock'), two: harness.path('two.sock') } };
    const servers = Object.values(given.ssh).map((path) => createServer().listen(path));
    try {
      const dockerfile = (mount: string) => `FROM ${base}\nRUN --mount=type=${type},${mount} true\n`;
      await harness.build(dockerfile(one), undefined, given);
      expect((await harness.build(dockerfile(two), undefined, given)).steps.cached).toBe(1);
      expect((await harness.build(dockerfile(one), undefined, given)).steps.cached).toBe(2);
    } finally {
      servers.forEach((server) => server.close());
    }
  });

  it('does not take from the cache what was made with other limits', async () => {
    const dockerfile = `FROM ${base}\nRUN ulimit -n > /n; df -k /dev/shm | tail -1 > /shm\n`;
    const steps = async (request: Partial<BuildRequest>) => (await harness.build(dockerfile, undefined, request)).steps.cached;
    expect(await steps({})).toBe(1);
    const ulimits = [{ name: 'nofile', soft: 100, hard: 200 }];
    expect([await steps({ ulimits }), await steps({ ulimits }), await steps({ shmSize: 2 ** 20 }), await steps({ shmSize: 2 ** 21 }), await steps({})]).toEqual([1, 2, 1, 1, 2]);
  });

  it('lends an SSH agent, and asks for one that is required', async () => {
    const socket = harness.path('agent.sock');
    const agent = createServer().listen(socket);
    try {
      const dockerfile = `FROM ${base}\nRUN --mount=type=ssh,required=true test -S "$SSH_AUTH_SOCK"\n`;
      await expect(harness.build(dockerfile)).rejects.toMatchObject({ code: 'not-found', hint: 'give it with --ssh default' });
      expect(await harness.layers(await harness.build(dockerfile, undefined, { ssh: { default: socket } }))).toEqual([]);
    } finally {
      agent.close();
    }
  });

  it('does independent stages at once, equal steps once, and only what is needed', async () => {
    // Each of the two waits for the other: one after the other they would wait for ever.
    const meet = (own: string, other: string) => `RUN --mount=type=cache,id=meeting,target=/m echo x >> /m/${own}; until test -e /m/${other}; do sleep 0.01; done; test $(wc -l < /m/${own}) = 1 && touch /${own}`;
    const built = await harness.build([`FROM ${base} AS a`, meet('a', 'b'), `FROM ${base} AS b`, meet('b', 'a'), `FROM ${base} AS c`, meet('a', 'b'), `FROM ${base} AS d`, 'RUN exit 1', 'FROM scratch', 'COPY --from=a /a /', 'COPY --from=b /b /', 'COPY --from=c /a /c'].join('\n'));
    expect(await harness.layers(built, 0)).toEqual([['a file 644 0:0'], ['b file 644 0:0'], ['c file 644 0:0']]);
    expect(built.decisions['c/2'] ?? built.decisions['a/2']).toBeDefined();
  });

  it('stops on abort and leaves nothing half-done', async () => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 500);
    await expect(harness.build(`FROM ${base}\nRUN sleep 600\n`, undefined, {}, controller.signal)).rejects.toMatchObject({ code: 'cancelled' });
    expect(await Array.fromAsync(harness.snapshotter?.list() ?? []).then((all) => all.filter(({ kind }) => kind !== 'committed'))).toEqual([]);
  });

  it('takes files that a RUN made, with their owners, links and xattrs', async () => {
    const built = await harness.build(`FROM ${base} AS made\nRUN mkdir /m; echo x > /m/f; chown 3:4 /m/f; ln /m/f /m/g; ln -s f /m/l; chmod 4755 /m/f\nFROM scratch\nCOPY --from=made /m /n\n`);
    expect(await harness.layers(built, 0)).toEqual([['n directory 755 0:0', 'n/f file 4755 3:4', 'n/g hardlink 4755 3:4', 'n/l symlink 777 0:0']]);
  });

  it('keeps sparse files sparse, in layers and in copies of them', async () => {
    await harness.build(`FROM ${base} AS made\nRUN echo begin > /sparse && truncate -s 64M /sparse && echo end >> /sparse\nFROM scratch\nCOPY --from=made /sparse /copy\n`);
    const taken = execFileSync('du', ['-sm', harness.path('data')], { encoding: 'utf8' }).split('\t')[0];
    expect(Number(taken)).toBeLessThan(32);
    // And unpacked again they are what they were.
    await harness.build(`FROM ${base} AS made\nRUN echo begin > /sparse && truncate -s 64M /sparse && echo end >> /sparse\nFROM ${base}\nCOPY --from=made /sparse /copy\nRUN test $(stat -c %s /copy) = 67108868 && head -c 5 /copy | grep -q begin && tail -c 4 /copy | grep -q end && test $(du -m /copy | cut -f1) -lt 32\n`);
  });

  it('carries out ONBUILD triggers of the base once', async () => {
    const { parseReference } = await import('@caisson/core');
    await harness.build(`FROM ${base}\nONBUILD RUN echo trigger > /trigger\nONBUILD ENV X=1\n`, undefined, { tags: [parseReference('localhost/onbuild:1')] });
    const built = await harness.build('FROM localhost/onbuild:1\nRUN cat /trigger > /copy; echo $X >> /copy\n');
    expect(await harness.text(built, 'copy')).toBe('trigger\n1\n');
    expect(built.images[0]?.config.config?.OnBuild).toBeUndefined();
  });
});

// Changing the user of the test's own process takes root, and a process of its own (not a worker thread).
describe.runIf(isRoot && process.seteuid !== undefined)('as an ordinary user, without a runtime', () => {
  it('builds what needs nothing to be run, into an image like root’s', async () => {
    const { execFileSync } = await import('node:child_process');
    using root = await Harness.withBase({ runtime: false });
    using harness = await Harness.withBase({ runtime: false });
    const dockerfile = `FROM ${base}\nWORKDIR /app\nCOPY --chown=web . .\nADD a.tgz /u/\nENV A=1\nCMD ["x"]\n`;
    const context = harness.tree('ctx', { a: 'a', 'd/b': 'b' });
    execFileSync('tar', ['-C', context, '--owner=5', '--group=6', '-czf', `${context}/a.tgz`, 'd']);
    const expected = await root.build(dockerfile, context);
    execFileSync('chown', ['-R', '65534:65534', harness.folder]);
    process.setegid?.(65534);
    process.seteuid?.(65534);
    try {
      const built = await harness.build(dockerfile, context);
      expect(built.root).toEqual(expected.root);
      expect(await harness.layers(built)).toEqual([
        ['app directory 755 0:0'],
        ['app/a file 644 1000:1000', 'app/a.tgz file 644 1000:1000', 'app/d directory 755 1000:1000', 'app/d/b file 644 1000:1000'],
        ['u directory 755 0:0', 'u/d directory 755 5:6', 'u/d/b file 644 5:6'],
      ]);
      await expect(harness.build(`FROM ${base}\nRUN true\n`)).rejects.toMatchObject({ message: 'nothing can be run here' });
    } finally {
      process.seteuid?.(0);
      process.setegid?.(0);
    }
  });
});
