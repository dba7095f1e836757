import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { request as httpsRequest } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { ApiHost, CaissonHost } from './api-support.js';
import { cliPath, freePort, isRoot, output, Sandbox, untilTrue } from './support.js';

describe.skipIf(!isRoot)('caisson daemon (needs root to run containers)', () => {
  let host: CaissonHost | undefined;
  const make = () => (host = new CaissonHost(new Sandbox()));

  afterEach(async () => {
    await host?.dispose();
    host = undefined;
  });

  it('says where it listens, keeps others out, and takes its socket away', async () => {
    const daemon = make();
    expect(await daemon.start()).toBe(`listening on unix://${daemon.socket}`);
    expect(statSync(daemon.socket).mode & 0o777).toBe(0o600);
    expect((await daemon.call('GET', '/_ping')).headers).toMatchObject({ 'api-version': '1.51', 'builder-version': '2', ostype: 'linux' });
    expect(await daemon.stop()).toBe(0);
    expect(() => statSync(daemon.socket)).toThrow();
  });

  it('lets a group in', async () => {
    const daemon = make();
    await daemon.start('--group', 'daemon');
    const { mode, gid } = statSync(daemon.socket);
    expect([mode & 0o777, gid]).toEqual([0o660, 1]);
    const other = daemon.sandbox.run(['--data-root', daemon.sandbox.path('other'), 'daemon', '--host', `unix://${daemon.sandbox.path('o.sock')}`, '--group', 'nosuch']);
    expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining('there is no group nosuch') as string });
  });

  it('is the only one on its root and its socket', async () => {
    const daemon = make();
    await daemon.start();
    expect(daemon.sandbox.run(['daemon', '--host', `unix://${daemon.sandbox.path('second.sock')}`])).toMatchObject({ code: 1, stderr: expect.stringContaining('another daemon serves') as string });
    expect(daemon.sandbox.run(['--data-root', daemon.sandbox.path('other'), 'daemon', '--host', `unix://${daemon.socket}`])).toMatchObject({ code: 1, stderr: expect.stringContaining('another process listens on') as string });
    // A socket that a killed one has left is no obstacle.
    await daemon.stop('SIGKILL');
    await daemon.start();
    expect((await daemon.call('GET', '/_ping')).body).toBe('OK');
  });

  it('works beside the command line', async () => {
    const daemon = make();
    await daemon.start();
    daemon.sandbox.ok('volume', 'create', 'both');
    expect((JSON.parse((await daemon.call('GET', '/volumes/both')).body) as { Name: string }).Name).toBe('both');
  });

  it('reads its settings anew, and keeps those it has when the new ones are wrong', async () => {
    const daemon = make();
    const file = daemon.sandbox.write('daemon.json', '{"labels":["a=1"],"registry-mirrors":["http://mirror.example"]}');
    await daemon.start('--config-file', file);
    const info = async () => JSON.parse((await daemon.call('GET', '/info')).body) as { Labels: string[]; RegistryConfig: { Mirrors: string[] } };
    expect(await info()).toMatchObject({ Labels: ['a=1'], RegistryConfig: { Mirrors: ['http://mirror.example'] } });
    writeFileSync(file, '{"labels":["a=2"]}');
    process.kill(daemon.pid, 'SIGHUP');
    await untilTrue(async () => (await info()).Labels[0] === 'a=2');
    writeFileSync(file, '{"labelz":["a=3"]}');
    process.kill(daemon.pid, 'SIGHUP');
    await untilTrue(() => daemon.log.includes('labelz'));
    expect((await info()).Labels).toEqual(['a=2']);
    await daemon.stop();
    expect(daemon.sandbox.run(['daemon', '--config-file', file])).toMatchObject({ code: 1, stderr: expect.stringContaining('labelz') as string });
  });

  it('tells clients which way to build, by docker’s switch of features, and names the others', async () => {
    const daemon = make();
    const settings = (features: object, label: string) => daemon.sandbox.write('daemon.json', JSON.stringify({ features, labels: [`n=${label}`] }));
    const file = settings({ buildkit: false, 'containerd-snapshotter': true, cdi: true }, '1');
    await daemon.start('--config-file', file);
    const builder = async (method: string) => (await daemon.call(method, '/_ping')).headers['builder-version'];
    expect([await builder('GET'), await builder('HEAD')]).toEqual(['1', '1']);
    await untilTrue(() => daemon.log.includes('cdi\n'));
    expect(daemon.log.split('\n').filter((line) => line.includes('without effect'))).toEqual([expect.stringMatching(/daemon\.json: features without effect here: containerd-snapshotter, cdi$/)]);
    for (const [features, label, version] of [[{ buildkit: true }, '2', '2'], [{ buildkit: false }, '3', '1'], [{}, '4', '2']] as const) {
      settings(features, label);
      process.kill(daemon.pid, 'SIGHUP');
      await untilTrue(async () => (JSON.parse((await daemon.call('GET', '/info')).body) as { Labels: string[] }).Labels[0] === `n=${label}`);
      expect([await builder('GET'), await builder('HEAD')]).toEqual([version, version]);
    }
    expect(daemon.log.split('without effect')).toHaveLength(2);
  });

  it('ends when nobody has asked for a while', async () => {
    const daemon = make();
    const child = spawn(process.execPath, [cliPath, 'daemon', '--host', `unix://${daemon.socket}`, '--exit-when-idle', '1'], { env: daemon.sandbox.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const done = output(child);
    const started = Date.now();
    expect((await done).code).toBe(0);
    expect(Date.now() - started).toBeGreaterThan(900);
  });

  it('takes sockets that are open already', async () => {
    const daemon = make();
    // systemd's part: a listening socket as descriptor 3, and variables that name the process.
    const script = `
import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); s.listen(5)
if s.fileno() != 3: os.dup2(s.fileno(), 3)
os.set_inheritable(3, True)
os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1')
os.execv(sys.argv[2], sys.argv[2:])`;
    const child = spawn('python3', ['-c', script, daemon.socket, process.execPath, cliPath, 'daemon', '--host', 'fd://'], { env: daemon.sandbox.env, stdio: ['ignore', 'pipe', 'pipe'] });
    const done = output(child);
    await untilTrue(async () => (await daemon.call('GET', '/_ping')).body === 'OK');
    child.kill('SIGTERM');
    expect(await done).toMatchObject({ code: 0, stdout: 'listening on fd://3\n' });
  });

  it('serves tcp only to those who show a certificate', async () => {
    const daemon = make();
    const folder = daemon.sandbox.folder;
    const openssl = (...args: string[]) => expect(spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' })).toMatchObject({ status: 0 });
    openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'ca-key.pem', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=ca');
    for (const name of ['server', 'client']) {
      openssl('req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', `${name}-key.pem`, '-out', `${name}.csr`, '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1');
      openssl('x509', '-req', '-in', `${name}.csr`, '-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-out', `${name}.pem`, '-days', '2', '-copy_extensions', 'copy');
    }
    const port = await freePort();
    const tcp = `tcp://127.0.0.1:${port}`;
    expect(daemon.sandbox.run(['daemon', '--host', tcp])).toMatchObject({ code: 1, stderr: expect.stringContaining('would let every user and program of this machine become root') as string });
    await daemon.start('--host', tcp, '--tlsverify', '--tlscacert', `${folder}/ca.pem`, '--tlscert', `${folder}/server.pem`, '--tlskey', `${folder}/server-key.pem`);
    const get = (credentials: object) =>
      new Promise<number>((resolve, reject) => {
        httpsRequest({ host: '127.0.0.1', port, path: '/_ping', ca: readFileSync(`${folder}/ca.pem`), agent: false, ...credentials }, (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject).end();
      });
    expect(await get({ cert: readFileSync(`${folder}/client.pem`), key: readFileSync(`${folder}/client-key.pem`) })).toBe(200);
    await expect(get({})).rejects.toThrow();
    const remote = new ApiHost(daemon.socket, daemon.sandbox.path('docker-config'));
    const { code, stdout } = remote.docker(['--tlsverify', '--tlscacert', `${folder}/ca.pem`, '--tlscert', `${folder}/client.pem`, '--tlskey', `${folder}/client-key.pem`, '-H', tcp, 'version', '--format', '{{.Server.APIVersion}}'], { env: { DOCKER_HOST: '' } });
    expect([code, stdout.trim()]).toEqual([0, '1.51']);
  });

  it('serves Caisson’s own clients', async () => {
    const daemon = (host = await CaissonHost.start());
    const context = daemon.sandbox.tree('own', { Dockerfile: 'FROM localhost/busybox:1\nCOPY f /f\nRUN --mount=type=secret,id=s cat /run/secrets/s > /made\n', f: 'content\n' });
    const build = async (request: object, tail: string | Uint8Array = '') => (await daemon.call('POST', '/caisson/v1/build', { body: Buffer.concat([Buffer.from(`${JSON.stringify(request)}\n`), Buffer.from(tail)]) })).body.trim().split('\n').map((line) => JSON.parse(line) as { event?: { type: string }; result?: { imageId: string }; error?: { code: string; message: string; range?: { start: { line: number } } } });
    const lines = await build({ context: { kind: 'folder', path: context }, tags: ['own:1'], secrets: [{ id: 's', value: 'hidden' }] });
    expect(lines.at(-1)?.result?.imageId).toMatch(/^sha256:/);
    expect(lines.some((line) => line.event?.type === 'miss')).toBe(true);
    expect((await build({ context: { kind: 'folder', path: context }, dockerfile: { text: 'FROM localhost/busybox:1\nRUNN x\n', name: 'Broken' } })).at(-1)?.error).toMatchObject({ range: { start: { line: 2 } } });
    expect((await build({ context: { kind: 'stream' } }, 'FROM localhost/busybox:1\nRUN exit 3\n')).at(-1)?.error).toMatchObject({ code: 'build-failed' });
    expect((await daemon.call('POST', '/caisson/v1/build', { body: '{"context":{"kind":"folder","path":"relative"}}\n' })).status).toBe(400);
    const get = async (path: string) => JSON.parse((await daemon.call('GET', path)).body) as unknown;
    expect(await get('/caisson/v1/images/own:1/layers')).toHaveLength(3);
    expect(await get('/caisson/v1/images/own:1/files?layer=2')).toMatchObject({ files: [{ name: 'made', change: 'added' }] });
    expect((await daemon.call('GET', '/caisson/v1/images/own:1/file?path=/made')).body).toBe('hidden');
    expect((await daemon.call('GET', '/caisson/v1/images/own:1/file?path=/nosuch')).status).toBe(404);
    expect(await get('/caisson/v1/images/compare?a=localhost/busybox:1&b=own:1')).toMatchObject({ sharedLayers: 1 });
    expect(await get('/caisson/v1/builds')).toMatchObject([{ status: 'failed' }, {}, { status: 'completed' }]);
    expect(await get('/caisson/v1/info')).toMatchObject({ name: 'caisson' });
  });
});
