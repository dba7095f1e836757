import { createSocket } from 'node:dgram';
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { basename, dirname } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { busyboxRootfs } from '../../scripts/busybox-base.mjs';
import { lacking, OrdinaryUser, UserSandbox } from './ordinary-user.js';
import { freePort, untilTrue } from './support.js';

const image = 'localhost/busybox:1';
const web = 'mkdir -p /www; echo served > /www/index.html; exec httpd -f -p 80 -h /www';
/** busybox has no server of datagrams: the host's Node is one. */
const echo = "const s = require('node:dgram').createSocket('udp4'); s.on('message', (data, { port, address }) => s.send(data, port, address)); s.bind(7)";
const libraries = ['/usr', '/lib', '/lib64'].filter((path) => existsSync(path)).flatMap((path) => ['-v', `${path}:${path}:ro`]);
const missing = lacking() ?? (spawnSync('sh', ['-c', 'command -v pasta']).status === 0 ? undefined : 'pasta is not installed');
const get = async (address: string, port: number) => (await fetch(`http://${address}:${port}/`)).text();
const served = (address: string, port: number) => untilTrue(async () => (await get(address, port)) === 'served\n');

describe.skipIf(missing !== undefined)(`networks of an ordinary user with pasta${missing === undefined ? '' : ` (${missing})`}`, () => {
  let user: OrdinaryUser;
  let box: UserSandbox;
  const connectors = () => user.programs().filter((name) => /^(passt|pasta|slirp)/.test(name));
  beforeAll(() => {
    user = new OrdinaryUser();
    box = new UserSandbox(user);
    box.env.CAISSON_CONFIG_FILE = box.write('daemon.json', '{"rootless-network": "pasta"}');
    box.write('busybox.tar', busyboxRootfs());
    box.ok('import', '-c', 'CMD ["/bin/sh"]', box.path('busybox.tar'), image);
  });
  afterAll(() => {
    box?.dispose();
    user?.[Symbol.dispose]();
  });

  it('publish ports on all addresses of the host, to which who asks is known', async () => {
    const port = await freePort();
    box.ok('run', '-d', '--name', 'web', '-p', `${port}:80`, image, 'sh', '-c', web);
    // Of a card, for a bridge may be another test's, and go.
    const outer = Object.entries(networkInterfaces()).flatMap(([name, entries = []]) => (/^(e|w)/.test(name) ? entries.flatMap(({ family, address }) => (family === 'IPv4' ? [address] : [])) : []));
    for (const address of ['127.0.0.1', ...outer.slice(0, 1)]) await served(address, port);
    expect(box.fail('run', '--rm', '-p', `${port}:80`, image, 'true').stderr).toMatch(new RegExp(`port is already allocated: ${port}/tcp is taken by container web`));
    expect(box.fail('run', '--rm', '-p', '1:80', image, 'true').stderr).toMatch(/port 1 needs more privileges/);
    expect(box.fail('run', '--rm', '-p', '[::1]::80', image, 'true').stderr).toMatch(/IPv6/);
    box.ok('restart', '-t', '0', 'web');
    await served('127.0.0.1', port);
    box.ok('rm', '-f', 'web');
    await expect(get('127.0.0.1', port)).rejects.toThrow();
    await untilTrue(() => connectors().length === 0);
  });

  it('pass datagrams on, and only those of the address that was asked for', async () => {
    const socket = createSocket('udp4');
    box.ok('run', '-d', '--name', 'echo', '-p', '127.0.0.1::7/udp', ...libraries, '-v', `${dirname(process.execPath)}:/node:ro`, image, `/node/${basename(process.execPath)}`, '-e', echo);
    const port = Number(box.ok('port', 'echo', '7/udp').split(':').at(-1));
    let heard = '';
    socket.on('message', (data) => (heard += data.toString()));
    await untilTrue(() => {
      socket.send('ping', port, '127.0.0.1');
      return heard.startsWith('ping');
    });
    socket.close();
    box.ok('rm', '-f', 'echo');
  });

  it('keep a connection while other containers publish ports and end, and are mended after a kill', async () => {
    const [port, other] = [await freePort(), await freePort()];
    box.ok('run', '-d', '--name', 'talk', '-p', `${port}:7`, image, 'nc', '-ll', '-p', '7', '-e', 'cat');
    const answered = async () => {
      const socket = connect(port, '127.0.0.1');
      socket.on('error', () => {});
      socket.write('1');
      const [heard] = await new Promise<string[]>((resolve) => socket.on('data', (data) => resolve([data.toString()])).on('close', () => resolve([])));
      if (heard !== '1') socket.destroy();
      return heard === '1' ? socket : undefined;
    };
    let socket: Awaited<ReturnType<typeof answered>>;
    await untilTrue(async () => (socket = await answered()) !== undefined);
    box.ok('run', '-d', '--name', 'web', '-p', `${other}:80`, image, 'sh', '-c', web);
    await served('127.0.0.1', other);
    process.kill((JSON.parse(readFileSync(box.path('run/rootless-network/process.json'), 'utf8')) as { pid: number }).pid, 'SIGKILL');
    expect(box.ok('run', '--rm', image, 'echo', 'mended')).toBe('mended');
    await served('127.0.0.1', other);
    box.ok('rm', '-f', 'web');
    const second = new Promise<string>((resolve) => socket?.on('data', (data) => resolve(data.toString())).on('close', () => resolve('closed')));
    socket?.write('2');
    expect(await second).toBe('2');
    socket?.destroy();
    box.ok('rm', '-f', 'talk');
    await untilTrue(() => connectors().length === 0);
    expect(existsSync(box.path('run/rootless-network/namespace'))).toBe(false);
    expect(readdirSync(box.path('run/rootless-network/pasta')).filter((name) => name.endsWith('.json'))).toEqual([]);
  });

  it('say which programs there are, and refuse the name of another', async () => {
    expect(box.run(['system', 'doctor']).stdout).toMatch(/ok +pasta/);
    await untilTrue(() => !existsSync(box.path('run/rootless-network/namespace')));
    box.write('daemon.json', '{"rootless-network": "pata"}');
    expect(box.fail('run', '--rm', image, 'true').stderr).toMatch(/connected by slirp4netns or pasta, not by “pata”/);
    box.write('daemon.json', '{"rootless-network": "pasta"}');
    expect(box.ok('run', '--rm', '--network', 'none', image, 'echo', 'on')).toBe('on');
  });
});
