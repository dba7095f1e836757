import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createReadStream, mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer as createSocket, type AddressInfo } from 'node:net';
import { sha256 } from '@caisson/core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseGitUrl } from '../src/remote/git-url.js';
import { Harness } from './support/harness.js';

describe('parseGitUrl', () => {
  it.each([
    ['https://host/x.git', { remote: 'https://host/x.git', ref: undefined, folder: '' }],
    ['https://host/x.git#v1:sub/dir', { remote: 'https://host/x.git', ref: 'v1', folder: 'sub/dir' }],
    ['git@host:a/x.git#main', { remote: 'git@host:a/x.git', ref: 'main', folder: '' }],
    ['git://host/x?branch=dev&subdir=/s/&keep-git-dir=true', { remote: 'git://host/x', ref: 'refs/heads/dev', folder: 's', keepGitDir: true }],
    ['https://host/x.tar.gz', undefined],
    ['folder/file', undefined],
  ])('%s', (text, expected) => {
    if (expected) expect(parseGitUrl(text)).toMatchObject(expected);
    else expect(parseGitUrl(text)).toBeUndefined();
  });

  it.each(['https://h/x.git#--upload-pack=evil', 'https://h/x.git#a:../b', 'https://h/x.git?other=1'])('refuses %s', (text) => {
    expect(() => parseGitUrl(text)).toThrow(expect.objectContaining({ code: 'invalid-argument' }) as Error);
  });
});

describe('remote sources', () => {
  let harness: Harness;
  let server: Server;
  let daemon: ChildProcess | undefined;
  let web: string;
  let repository: string;
  const requests: { url: string; headers: IncomingHttpHeaders }[] = [];

  beforeAll(async () => {
    harness = new Harness({ runtime: false });
    const served = harness.tree('served', { 'file.txt': 'from the web', 'ctx/Dockerfile': 'FROM scratch\nCOPY in /\n', 'ctx/in': 'archived', 'ctx/out': 'left', 'ctx/.dockerignore': 'out\n' });
    execFileSync('tar', ['-C', `${served}/ctx`, '-czf', `${served}/ctx.tgz`, '.']);
    server = createServer((request, response) => {
      requests.push({ url: request.url ?? '', headers: request.headers });
      if (request.url === '/private' && request.headers.authorization !== 'Bearer token-1') return void response.writeHead(401).end();
      if (!['/file.txt', '/ctx.tgz', '/private'].includes(request.url ?? '')) return void response.writeHead(404).end();
      const headers = { etag: '"1"', 'last-modified': 'Thu, 01 Jan 2015 00:00:00 GMT' };
      if (request.headers['if-none-match'] === '"1"') return void response.writeHead(304, headers).end();
      response.writeHead(200, headers);
      createReadStream(`${served}${request.url === '/private' ? '/file.txt' : (request.url ?? '')}`).pipe(response);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    web = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

    const work = harness.tree('repos/x', { 'a.txt': 'one', 'sub/b.txt': 'b', 'sub/Dockerfile': 'FROM scratch\nCOPY b.txt /\n' });
    const git = (...args: string[]) => execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: work, encoding: 'utf8' }).trim();
    git('init', '-q', '-b', 'main');
    git('add', '.');
    git('commit', '-qm', 'one');
    git('tag', '-am', 'tagged', 'v1');
    writeFileSync(`${work}/a.txt`, 'two');
    git('commit', '-qam', 'two');
    mkdirSync(`${work}/.git`, { recursive: true });
    writeFileSync(`${work}/.git/git-daemon-export-ok`, '');
    const port = await freePort();
    daemon = spawn('git', ['daemon', `--port=${port}`, '--listen=127.0.0.1', `--base-path=${harness.path('repos')}`, '--export-all', '--reuseaddr'], { stdio: 'ignore', detached: true });
    repository = `git://127.0.0.1:${port}/x`;
    await reachable(port);
  });
  afterAll(() => {
    server?.close();
    // git starts the daemon as a child of its own.
    if (daemon?.pid) process.kill(-daemon.pid);
    harness?.[Symbol.dispose]();
  });

  it('adds a file from the web, and asks only whether it changed the next time', async () => {
    const dockerfile = `FROM scratch\nADD ${web}/file.txt /to/\n`;
    const built = await harness.build(dockerfile);
    expect(await harness.layers(built, 0)).toEqual([['to directory 755 0:0', 'to/file.txt file 600 0:0']]);
    requests.length = 0;
    expect((await harness.build(dockerfile)).decisions).toEqual({ 'stage/2': 'hit' });
    expect(requests).toMatchObject([{ headers: { 'if-none-match': '"1"' } }]);
  });

  it('checks the digest, and with it asks nobody', async () => {
    const right = sha256('from the web');
    await harness.build(`FROM scratch\nADD --checksum=${right} ${web}/file.txt /f\n`);
    requests.length = 0;
    await harness.build(`FROM scratch\nADD --checksum=${right} ${web}/file.txt /f\n`);
    expect(requests).toEqual([]);
    await expect(harness.build(`FROM scratch\nADD --checksum=${sha256('else')} ${web}/file.txt /f\n`)).rejects.toMatchObject({ code: 'digest-mismatch', range: { start: { line: 2 } } });
  });

  it('unpacks an archive of the web only when told to', async () => {
    expect(await harness.layers(await harness.build(`FROM scratch\nADD ${web}/ctx.tgz /u/\n`), 0)).toEqual([['u directory 755 0:0', 'u/ctx.tgz file 600 0:0']]);
    expect((await harness.layers(await harness.build(`FROM scratch\nADD --unpack ${web}/ctx.tgz /u/\n`), 0))[0]).toContain('u/in file 644 0:0');
  });

  it('sends a token that was given as a secret, and names what the server refuses', async () => {
    await expect(harness.build(`FROM scratch\nADD ${web}/private /p\n`)).rejects.toMatchObject({ code: 'unauthorized' });
    const built = await harness.build(`FROM scratch\nADD ${web}/private /p\n`, undefined, { secrets: [{ id: `HTTP_AUTH_TOKEN_127.0.0.1`, value: 'token-1' }] });
    expect(await harness.text(built, 'p')).toBe('from the web');
    await expect(harness.build(`FROM scratch\nADD ${web}/none /p\n`)).rejects.toMatchObject({ code: 'not-found' });
  });

  it('adds a git repository by tag, branch, folder and commit', async () => {
    const tagged = await harness.build(`FROM scratch\nADD ${repository}#v1 /r\n`);
    expect(await harness.text(tagged, 'r/a.txt')).toBe('one');
    expect(await harness.text(await harness.build(`FROM scratch\nADD ${repository}#main /r\n`), 'r/a.txt')).toBe('two');
    expect(await harness.layers(await harness.build(`FROM scratch\nADD ${repository}#main:sub /r\n`), 0)).toEqual([['r directory 755 0:0', 'r/Dockerfile file 644 0:0', 'r/b.txt file 644 0:0']]);
    expect((await harness.layers(await harness.build(`FROM scratch\nADD --keep-git-dir ${repository} /r\n`), 0))[0]).toContain('r/.git directory 755 0:0');
    await expect(harness.build(`FROM scratch\nADD ${repository}#nothing /r\n`)).rejects.toMatchObject({ code: 'not-found', message: expect.stringContaining('nothing') as string });
    await expect(harness.build(`FROM scratch\nADD --checksum=0123456789 ${repository}#main /r\n`)).rejects.toMatchObject({ code: 'digest-mismatch' });
  });

  it('builds from a git repository, an archive of the web and an archive on a stream', async () => {
    const request = (context: Parameters<typeof harness.builder.build>[0]['context']) => harness.builder.build({ context });
    expect(await harness.layers(await request({ kind: 'url', url: `${repository}#main:sub` }), 0)).toEqual([['b.txt file 644 0:0']]);
    expect(await harness.layers(await request({ kind: 'url', url: `${web}/ctx.tgz` }), 0)).toEqual([['in file 644 0:0']]);
    expect(await harness.layers(await request({ kind: 'stream', stream: createReadStream(harness.path('served/ctx.tgz')) }), 0)).toEqual([['in file 644 0:0']]);
    const only = await request({ kind: 'stream', stream: (async function* () { yield Buffer.from('FROM scratch\nENV A=1\n'); })() });
    expect(only.images[0]?.config.config?.Env).toContain('A=1');
    const named = await harness.build('FROM scratch\nCOPY --from=other in /n\n', undefined, { namedContexts: { other: `${web}/ctx.tgz` } });
    expect(await harness.text(named, 'n')).toBe('archived');
  });
});

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const socket = createSocket().listen(0, '127.0.0.1', () => {
      const { port } = socket.address() as AddressInfo;
      socket.close(() => resolve(port));
    });
  });
}

async function reachable(port: number): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    const ok = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
    if (ok) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('git daemon does not answer');
}
