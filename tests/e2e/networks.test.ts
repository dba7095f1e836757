import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { connect as dial, createServer } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnNetwork, ownLink } from './own-network.js';
import { cliPath, freePort, isRoot, leftovers, output, Sandbox, untilTrue } from './support.js';

const image = 'localhost/busybox:1';
const web = 'mkdir -p /www; echo served > /www/index.html; exec httpd -f -p 80 -h /www';
const [named, parent, child] = [ownLink('cstnamed'), ownLink('cstmv'), ownLink('cstmw')];
const namesAnswered = ['/usr/lib/podman/aardvark-dns', '/usr/libexec/podman/aardvark-dns', '/usr/bin/aardvark-dns'].some((path) => spawnSync('test', ['-x', path]).status === 0);

const json = <T>(text: string) => JSON.parse(text) as T;

describe.skipIf(!isRoot)('networks of users (needs root to run containers)', () => {
  let box: Sandbox;
  let net: OwnNetwork;
  beforeAll(() => {
    box = Sandbox.withBase();
    net = new OwnNetwork();
  });
  afterAll(() => {
    box?.dispose();
    net?.[Symbol.dispose]();
  });

  it.skipIf(!namesAnswered)('know containers by name, alias and ID, and no others (needs aardvark-dns)', async () => {
    box.ok('network', 'create', 'back');
    const id = box.ok('run', '-d', '--name', 'db', '--network', 'back', '--network-alias', 'database', image, 'sh', '-c', web);
    for (const name of ['db', 'database', id.slice(0, 12)]) expect(box.ok('run', '--rm', '--network', 'back', image, 'wget', '-qO-', `http://${name}/`)).toBe('served');
    expect(box.run(['run', '--rm', '--network', 'bridge', image, 'nslookup', 'db']).code).not.toBe(0);
    box.ok('rename', 'db', 'other');
    expect(box.ok('run', '--rm', '--network', 'back', image, 'wget', '-qO-', 'http://other/')).toBe('served');
    box.ok('rename', 'other', 'db');
    expect(box.fail('run', '--rm', '--network-alias', 'x', image, 'true').stderr).toMatch(/no names on the network bridge/);
  });

  it.skipIf(!namesAnswered)('are joined and left while a container runs (needs aardvark-dns)', async () => {
    box.ok('network', 'create', '--internal', 'inner');
    box.ok('network', 'connect', '--alias', 'inside', 'inner', 'db');
    expect(box.ok('run', '--rm', '--network', 'inner', image, 'wget', '-qO-', 'http://inside/')).toBe('served');
    expect(box.fail('network', 'connect', 'inner', 'db').stderr).toMatch(/is in the network inner already/);
    const { Networks } = json<{ Networks: Record<string, { IPAddress: string }> }>(box.ok('inspect', '-f', '{{json .NetworkSettings}}', 'db'));
    expect(Object.keys(Networks).sort()).toEqual(['back', 'inner']);
    expect(box.ok('exec', 'db', 'cat', '/etc/hosts')).toContain(Networks.inner?.IPAddress);
    expect(box.fail('network', 'rm', 'inner').stderr).toMatch(/used by db/);
    box.ok('network', 'disconnect', 'inner', 'db');
    expect(box.ok('exec', 'db', 'cat', '/etc/hosts')).not.toContain(Networks.inner?.IPAddress);
    expect(box.ok('exec', 'db', 'cat', '/proc/net/dev')).not.toContain('eth1');
    expect(box.fail('network', 'disconnect', 'inner', 'db').stderr).toMatch(/is not in the network inner/);
    box.ok('network', 'rm', 'inner');
  });

  it('are several for one container, and remembered while it is stopped', () => {
    box.ok('network', 'create', '--subnet', `${net.prefix}.20.0/24`, 'one');
    box.ok('network', 'create', '--subnet', `${net.prefix}.21.0/24`, 'two');
    box.ok('network', 'create', '--subnet', `${net.prefix}.22.0/24`, 'three');
    box.ok('create', '--name', 'many', '--network', `name=one,ip=${net.prefix}.20.9,alias=x`, '--network', `name=two,ip=${net.prefix}.21.9,mac-address=02:42:00:00:00:09`, image, 'sleep', '600');
    box.ok('network', 'connect', '--ip', `${net.prefix}.22.9`, 'three', 'many');
    box.ok('network', 'disconnect', 'one', 'many');
    box.ok('start', 'many');
    const addresses = box.ok('exec', 'many', 'ip', 'addr');
    expect(addresses).toMatch(new RegExp(String.raw`${net.pattern}\.21\.9\/24[\s\S]*${net.pattern}\.22\.9\/24`));
    expect(addresses).toMatch(/02:42:00:00:00:09/);
    expect(addresses).not.toContain(`${net.prefix}.20.`);
    expect(box.ok('exec', 'many', 'ip', 'route')).toMatch(new RegExp(String.raw`default via ${net.pattern}\.21\.1`));
    box.ok('restart', '-t', '0', 'many');
    expect(box.ok('exec', 'many', 'ip', 'addr')).toMatch(new RegExp(String.raw`${net.pattern}\.21\.9\/24[\s\S]*${net.pattern}\.22\.9\/24`));
    box.ok('rm', '-f', 'many');
  });

  it('take the way out, and its published ports, along when the first is left', async () => {
    const port = await freePort();
    box.ok('run', '-d', '--name', 'moved', '--network', 'one', '--network', 'two', '-p', `${port}:80`, image, 'sh', '-c', web);
    await untilTrue(async () => (await (await fetch(`http://127.0.0.1:${port}/`)).text()) === 'served\n');
    box.ok('network', 'disconnect', 'one', 'moved');
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('served\n');
    expect(box.ok('exec', 'moved', 'ip', 'route')).toMatch(new RegExp(String.raw`default via ${net.pattern}\.21\.1`));
    box.ok('rm', '-f', 'moved');
    box.ok('network', 'rm', 'one', 'two', 'three');
  });

  it('speak IPv6, on published ports too', async () => {
    const port = await freePort();
    box.ok('network', 'create', '--subnet', `${net.prefix6}::/64`, '--subnet', `${net.prefix}.23.0/24`, '--ip-range', `${net.prefix}.23.128/25`, 'six');
    box.ok('run', '-d', '--name', 'v6', '--network', 'six', '--ip6', `${net.prefix6}::77`, '-p', `${port}:80`, image, 'sh', '-c', web);
    expect(box.ok('exec', 'v6', 'ip', 'addr')).toMatch(new RegExp(String.raw`${net.prefix6}::77\/64`));
    expect(box.ok('inspect', '-f', '{{.NetworkSettings.Networks.six.IPAddress}}', 'v6')).toBe(`${net.prefix}.23.128`);
    await untilTrue(async () => (await (await fetch(`http://[${net.prefix6}::77]/`)).text()) === 'served\n');
    expect(await (await fetch(`http://[${net.prefix6}::1]:${port}/`)).text()).toBe('served\n');
    expect(box.fail('run', '--rm', '--network', 'six', '--ip6', 'fd99::1', image, 'true').stderr).toMatch(/not an address of the network six/);
    box.ok('rm', '-f', 'v6');
    box.ok('network', 'rm', 'six');
    const { IPAM, EnableIPv6 } = json<{ EnableIPv6: boolean; IPAM: { Config: { Subnet: string }[] } }>((box.ok('network', 'create', '--ipv6', 'chosen'), box.ok('network', 'inspect', '-f', '{{json .}}', 'chosen')));
    expect(EnableIPv6).toBe(true);
    expect(IPAM.Config[1]?.Subnet).toMatch(/^fd[0-9a-f:]+\/64$/);
    box.ok('network', 'rm', 'chosen');
  });

  it('are made as they are asked for', () => {
    box.ok('network', 'create', '--subnet', `${net.prefix}.24.0/24`, '--gateway', `${net.prefix}.24.254`, '--aux-address', `router=${net.prefix}.24.1`, '--label', 'a=b', '--attachable', '-o', `com.docker.network.bridge.name=${named}`, '-o', 'com.docker.network.driver.mtu=1400', 'odd');
    expect(box.ok('run', '--rm', '--network', 'odd', image, 'sh', '-c', 'ip addr show eth0; ip route')).toMatch(new RegExp(String.raw`mtu 1400[\s\S]*${net.pattern}\.24\.2\/24[\s\S]*default via ${net.pattern}\.24\.254`));
    expect(readdirSync('/sys/class/net')).toContain(named);
    expect(json(box.ok('network', 'inspect', '-f', '{{json .}}', 'odd'))).toMatchObject({ Attachable: true, Labels: { a: 'b' }, IPAM: { Config: [{ Subnet: `${net.prefix}.24.0/24`, Gateway: `${net.prefix}.24.254`, AuxiliaryAddresses: { router: `${net.prefix}.24.1` } }] }, Options: { 'com.docker.network.bridge.name': named } });
    box.ok('network', 'rm', 'odd');
    expect(readdirSync('/sys/class/net')).not.toContain(named);
  });

  it('keep their members apart, go out under their own addresses, and publish where they are told to', async () => {
    const port = await freePort();
    const own = (name: string, value: string) => ['-o', `com.docker.network.bridge.${name}=${value}`];
    box.ok('network', 'create', '--subnet', `${net.prefix}.27.0/24`, ...own('enable_icc', 'false'), ...own('enable_ip_masquerade', 'false'), ...own('host_binding_ipv4', '127.0.0.1'), 'strict');
    box.ok('run', '-d', '--name', 'apart', '--network', 'strict', '--ip', `${net.prefix}.27.9`, '-p', `${port}:80`, image, 'sh', '-c', web);
    expect(box.ok('port', 'apart')).toBe(`80/tcp -> 127.0.0.1:${port}`);
    await untilTrue(async () => (await (await fetch(`http://127.0.0.1:${port}/`)).text()) === 'served\n');
    const address = Object.values(networkInterfaces()).flat().find((entry) => entry?.family === 'IPv4' && !entry.internal)?.address ?? '';
    await expect(fetch(`http://${address}:${port}/`)).rejects.toThrow();
    expect(box.run(['run', '--rm', '--network', 'strict', image, 'wget', '-T', '1', '-qO-', `http://${net.prefix}.27.9/`]).code).not.toBe(0);
    expect(spawnSync('nft', ['list', 'set', 'inet', 'caisson', 'sources'], { encoding: 'utf8' }).stdout).not.toContain(`${net.prefix}.27.0`);
    box.ok('rm', '-f', 'apart');
    box.ok('network', 'rm', 'strict');
  });

  it.each([
    [['-o', 'com.docker.network.bridge.enable_icc=no', 'x'], /true or false, not "no"/],
    [['-o', 'com.docker.network.bridge.host_binding_ipv4=here', 'x'], /not an IPv4 address/],
    [['-o', 'com.docker.network.bridge.name=lo', 'x'], /there is an interface lo/],
    [['-o', 'com.docker.network.bridge.name=waytoolonganame', '-o', 'what=1', 'x'], /unknown network option "what"/],
    [['-o', 'mtu=9', 'x'], /MTU "9" is not between/],
    [['--subnet', '10.231.25.0/24', '--subnet', '10.231.26.0/24', 'x'], /one of each kind/],
    [['--ip-range', '10.231.25.0/25', 'x'], /needs --subnet/],
    [['--subnet', '10.231.25.0/24', '--ip-range', '10.0.0.0/25', 'x'], /is not in 10\.231\.25\.0\/24/],
    [['--subnet', 'fd32::/64', '--gateway', 'fd33::1', 'x'], /gateway fd33::1 is not in fd32::\/64/],
    [['--subnet', '10.231.25.0/24', '--aux-address', 'a=10.0.0.1', 'x'], /auxiliary address a=10\.0\.0\.1/],
    [['-d', 'macvlan', '--subnet', '10.231.25.0/24', 'x'], /-o parent=/],
    [['-d', 'overlay', 'x'], /--driver: "overlay" is not valid/],
  ])('are refused when they cannot be: %j', (args, why) => expect(box.fail('network', 'create', ...args).stderr).toMatch(why));

  it.each([
    [['--network', 'host', '--network', 'bridge'], /network host cannot be had together/],
    [['--network', 'name=bridge,what=1'], /name, alias, ip, ip6 and mac-address/],
    [['--mac-address', '01:00:00:00:00:01'], /cannot be the MAC address/],
    [['--ip', 'x'], /not an IPv4 address/],
    [['--network', 'none', '--ip', '10.0.0.2'], /no address of its own/],
    [['--link', 'nobody'], /No such container: nobody/],
    [['--network', 'container:x', '-p', '80'], /published ports cannot be had with the network container:x/],
    [['--network', 'container:x', '--dns', '1.1.1.1'], /name servers cannot be had/],
    [['--network', 'nowhere'], /No such network: nowhere/],
  ])('are refused to a container: %j', (args, why) => expect(box.fail('run', '--rm', ...args, image, 'true').stderr).toMatch(why));

  it('say when published ports are without effect', () => expect(box.run(['run', '--rm', '--network', 'none', '-p', '80', image, 'true'])).toMatchObject({ code: 0, stderr: expect.stringMatching(/ports are discarded with the network none/) as string }));

  it('tell containers of links, further hosts and name servers', () => {
    box.ok('run', '-d', '--name', 'target', image, 'sh', '-c', web);
    const gateway = box.ok('inspect', '-f', '{{.NetworkSettings.Gateway}}', 'target');
    const text = box.ok('run', '--rm', '--link', 'target:t', '--add-host', 'host.docker.internal:host-gateway', '--add-host', 'other=10.1.2.3', '--dns', '10.9.8.7', '--dns-search', 'example.org', '--dns-option', 'timeout:1', image, 'sh', '-c', 'wget -qO- http://t/; cat /etc/hosts /etc/resolv.conf');
    expect(text).toMatch(/^served/);
    expect(text).toContain(`${gateway}\thost.docker.internal`);
    expect(text).toContain('10.1.2.3\tother');
    expect(text).toMatch(/nameserver 10\.9\.8\.7\nsearch example\.org\noptions timeout:1$/);
    expect(box.ok('run', '--rm', '--network', 'container:target', image, 'cat', '/etc/hosts')).toBe(box.ok('exec', 'target', 'cat', '/etc/hosts'));
    box.ok('rm', '-f', 'target');
  });

  it('keep published ports from other programs, until they are given back', async () => {
    const port = await freePort();
    const listen = () =>
      new Promise<string>((resolve) => {
        const server = createServer().listen(port, '0.0.0.0', () => server.close(() => resolve('free')));
        server.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
      });
    box.ok('run', '-d', '--name', 'held', '-p', `${port}:80`, image, 'sleep', '600');
    expect(await listen()).toBe('EADDRINUSE');
    box.ok('restart', '-t', '0', 'held');
    expect(await listen()).toBe('EADDRINUSE');
    const monitor = Number(readFileSync(`${box.path('run')}/containers/${box.ok('inspect', '-f', '{{.Id}}', 'held')}/monitor.pid`, 'utf8'));
    const pid = Number(box.ok('inspect', '-f', '{{.State.Pid}}', 'held'));
    process.kill(monitor, 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await untilTrue(async () => (await listen()) === 'free');
    expect(box.ok('ps', '-aq')).not.toBe('');
    box.ok('rm', '-f', 'held');
  });

  it('take no connection that nobody answers while a container starts, ends and starts again', async () => {
    const port = await freePort();
    const unanswered: string[] = [];
    let [answered, refused, over] = [0, 0, false];
    const ask = () =>
      new Promise<void>((resolve) => {
        const socket = dial(port, '127.0.0.1');
        let [connected, heard] = [false, ''];
        socket.setTimeout(10_000, () => socket.destroy(new Error('no answer')));
        socket.on('connect', () => {
          connected = true;
          socket.write('GET / HTTP/1.0\r\n\r\n');
        });
        socket.on('data', (data) => (heard += data.toString()));
        socket.on('error', (error: NodeJS.ErrnoException) => {
          if (!connected && error.code === 'ECONNREFUSED') refused++;
          else if (heard === '') unanswered.push(`${connected ? 'connected' : 'not connected'}: ${error.message}`);
        });
        socket.on('close', () => {
          if (heard.includes('served')) answered++;
          resolve();
        });
      });
    const client = async () => {
      while (!over) await ask();
    };
    const clients = Promise.all([client(), client(), client(), client()]);
    box.ok('create', '--name', 'begun', '-p', `${port}:80`, image, 'sh', '-c', web);
    for (const command of ['start', 'restart -t 0', 'restart -t 0', 'restart -t 0']) {
      // Not to keep this process from asking meanwhile.
      expect((await output(box.spawn([...command.split(' '), 'begun']))).code).toBe(0);
      const before = answered;
      await untilTrue(() => answered > before);
    }
    over = true;
    await clients;
    expect(refused).toBeGreaterThan(0);
    // A server that is killed answers those no more that it has just taken.
    expect(unanswered.filter((what) => what.includes('no answer'))).toEqual([]);
    box.ok('rm', '-f', 'begun');
  });

  it('leave nothing behind', async () => {
    box.ok('rm', '-f', ...box.ok('ps', '-aq').split('\n'));
    box.ok('network', 'rm', ...box.ok('network', 'ls', '-q', '--filter', 'driver=bridge').split('\n'));
    await untilTrue(() => leftovers(box).length === 0);
    expect(spawnSync('nft', ['list', 'table', 'inet', 'caisson'], { encoding: 'utf8' }).stdout).not.toMatch(new RegExp(String.raw`${net.pattern}\.2\d\.`));
    expect(readdirSync('/sys/class/net')).not.toContain(named);
  });
});

describe.skipIf(!isRoot || spawnSync('ip', ['link', 'add', parent, 'type', 'veth', 'peer', child]).status !== 0)('networks on an interface of the host (needs root and a kernel with veth)', () => {
  let box: Sandbox;
  let net: OwnNetwork;
  beforeAll(() => {
    box = Sandbox.withBase();
    net = new OwnNetwork();
    for (const name of [parent, child]) execFileSync('ip', ['link', 'set', name, 'up']);
  });
  afterAll(() => {
    box?.dispose();
    net?.[Symbol.dispose]();
    spawnSync('ip', ['link', 'del', parent]);
  });

  it('give containers addresses of their own on its wire', () => {
    box.ok('network', 'create', '-d', 'macvlan', '-o', `parent=${parent}`, '--subnet', `${net.prefix}.30.0/24`, 'lan');
    box.ok('run', '-d', '--name', 'first', '--network', 'lan', image, 'sleep', '600');
    expect(box.ok('run', '--rm', '--network', 'lan', image, 'sh', '-c', `ping -c 1 -W 2 ${net.prefix}.30.2; ip route`)).toMatch(new RegExp(String.raw`1 packets received[\s\S]*default via ${net.pattern}\.30\.1`));
    expect(box.fail('run', '--rm', '--network', 'lan', '-p', '80', image, 'true').stderr).toMatch(/cannot be published/);
    box.ok('network', 'disconnect', 'lan', 'first');
    expect(box.ok('exec', 'first', 'cat', '/proc/net/dev')).not.toContain('eth0');
    box.ok('rm', '-f', 'first');
    box.ok('network', 'rm', 'lan');
  });

  it.each([
    ['bridge', 0],
    ['private', 1],
    ['vepa', 1],
  ])('let containers of macvlan’s mode %s reach each other, or not', (mode, code) => {
    box.ok('network', 'create', '-d', 'macvlan', '-o', `parent=${parent}`, '-o', `macvlan_mode=${mode}`, '--subnet', `${net.prefix}.31.0/24`, mode);
    box.ok('run', '-d', '--name', mode, '--network', mode, '--ip', `${net.prefix}.31.9`, image, 'sleep', '600');
    expect(box.run(['run', '--rm', '--network', mode, image, 'ping', '-c', '1', '-W', '1', `${net.prefix}.31.9`]).code).toBe(code);
    box.ok('rm', '-f', mode);
    box.ok('network', 'rm', mode);
  });

  it('pass an interface through to one container', () => {
    box.ok('network', 'create', '-d', 'macvlan', '-o', `parent=${parent}`, '-o', 'macvlan_mode=passthru', '--subnet', `${net.prefix}.32.0/24`, 'through');
    box.ok('run', '-d', '--name', 'alone', '--network', 'through', image, 'sleep', '600');
    box.ok('restart', '-t', '0', 'alone');
    expect(box.fail('run', '--rm', '--network', 'through', image, 'true').stderr).toMatch(/passed through to one container only/);
    box.ok('rm', '-f', 'alone');
    box.ok('network', 'rm', 'through');
  });
});

/** A host of its own, whose packets another firewall drops, with a neighbour it can be reached from. */
describe.skipIf(!isRoot || spawnSync('iptables', ['--version']).status !== 0)('beside a firewall that forwards nothing (needs root and iptables)', () => {
  const [host, outside] = [ownLink('csthost'), ownLink('cstout')];
  const ip = (...args: string[]) => execFileSync('ip', args);
  const inHost = (...args: string[]) => execFileSync('ip', ['netns', 'exec', host, ...args], { encoding: 'utf8' });
  let box: Sandbox;
  let net: OwnNetwork;

  beforeAll(() => {
    box = Sandbox.withBase();
    net = new OwnNetwork();
    for (const name of [host, outside]) ip('netns', 'add', name);
    ip('link', 'add', 'wire', 'netns', host, 'type', 'veth', 'peer', 'wire', 'netns', outside);
    for (const [name, address] of [[host, `${net.prefix}.40.1/24`], [outside, `${net.prefix}.40.2/24`]] as const) {
      ip('-n', name, 'address', 'add', address, 'dev', 'wire');
      for (const link of ['lo', 'wire']) ip('-n', name, 'link', 'set', link, 'up');
    }
    inHost('iptables', '-P', 'FORWARD', 'DROP');
  });
  afterAll(() => {
    for (const name of [host, outside]) spawnSync('ip', ['netns', 'del', name]);
    box?.dispose();
    net?.[Symbol.dispose]();
  });

  it('containers get out, and are reached at published ports, and no rule is left', async () => {
    // `ip netns exec` mounts a /sys of its own, which lacks the cgroups.
    mkdirSync(box.path('cgroup'));
    const enter = ['-m', 'sh', '-c', 'mount --rbind /sys/fs/cgroup "$1" && exec ip netns exec "$2" sh -c \'mount --rbind "$1" /sys/fs/cgroup && shift 2 && exec "$@"\' sh "$@"', 'sh', box.path('cgroup'), host, process.execPath, cliPath];
    const cli = (...args: string[]) => execFileSync('unshare', [...enter, ...args], { env: box.env, encoding: 'utf8', timeout: 100_000, killSignal: 'SIGKILL' }).trim();
    cli('run', '-d', '--name', 'walled', '-p', '8123:80', image, 'sh', '-c', web);
    expect(cli('exec', 'walled', 'ping', '-c', '1', '-W', '2', `${net.prefix}.40.2`)).toMatch(/1 packets received/);
    const script = `fetch('http://${net.prefix}.40.1:8123/').then(r=>r.text()).then(t=>process.stdout.write(t))`;
    expect(execFileSync('ip', ['netns', 'exec', outside, process.execPath, '-e', script], { encoding: 'utf8', timeout: 100_000 })).toBe('served\n');
    cli('rm', '-f', 'walled');
    cli('network', 'rm', 'bridge');
    expect(inHost('iptables', '-S', 'FORWARD').trim()).toBe('-P FORWARD DROP');
  });
});
