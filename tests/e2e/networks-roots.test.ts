import { execFileSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { OwnNetwork, ownLink } from './own-network.js';
import { isRoot, output, Sandbox } from './support.js';

const image = 'localhost/busybox:1';

describe.skipIf(!isRoot)('networks of several data roots (needs root to run containers)', () => {
  let boxes: [Sandbox, Sandbox];
  let net: OwnNetwork;
  const other = ownLink('cstother');
  beforeAll(() => {
    boxes = [Sandbox.withBase(), Sandbox.withBase()];
    net = new OwnNetwork();
  });
  afterAll(() => {
    for (const box of boxes) box.dispose();
    net[Symbol.dispose]();
  });
  const subnet = (box: Sandbox, name: string) => box.ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Subnet}}', name);
  const bridge = (box: Sandbox, name: string) => `cs-${box.ok('network', 'inspect', '-f', '{{.Id}}', name).slice(0, 10)}`;

  it('choose different subnets at the same time, before either has a container', async () => {
    const made = await Promise.all(boxes.flatMap((box) => [output(box.spawn(['network', 'create', 'own'])), output(box.spawn(['run', '--rm', image, 'ip', 'addr', 'show', 'eth0']))]));
    expect(made.map(({ code, stderr }) => `${code}${stderr}`)).toEqual(['0', '0', '0', '0']);
    const subnets = boxes.flatMap((box) => ['own', 'bridge'].map((name) => subnet(box, name)));
    expect(new Set(subnets).size).toBe(4);
    for (const box of boxes) expect(box.ok('run', '--rm', '--network', 'own', image, 'true')).toBe('');
  });

  it('give way, after a reboot, to who has the subnet by now, unless it was asked for', () => {
    const [box] = boxes;
    box.ok('network', 'create', '--subnet', `${net.prefix}.28.0/24`, 'asked');
    const before = subnet(box, 'own');
    for (const name of ['own', 'asked']) execFileSync('ip', ['link', 'del', bridge(box, name)]);
    execFileSync('ip', ['link', 'add', other, 'up', 'type', 'bridge']);
    try {
      for (const taken of [before, `${net.prefix}.28.0/24`]) execFileSync('ip', ['addr', 'add', taken.replace(/0\/(\d+)$/, '77/$1'), 'dev', other]);
      expect(box.ok('run', '--rm', '--network', 'own', image, 'ip', 'route')).toContain(subnet(box, 'own').replace(/0\/\d+$/, ''));
      expect(subnet(box, 'own')).not.toBe(before);
      expect(box.fail('run', '--rm', '--network', 'asked', image, 'true').stderr).toMatch(new RegExp(String.raw`subnet ${net.pattern}\.28\.0\/24 of the network asked overlaps one that this host uses by now`));
      box.ok('network', 'rm', 'asked');
    } finally {
      execFileSync('ip', ['link', 'del', other]);
    }
  });

  it('are removed though another’s rules name a part of their subnet, or the same', () => {
    const [box] = boxes;
    box.ok('network', 'create', '--subnet', `${net.prefix}.29.0/24`, 'mixed');
    box.ok('run', '--rm', '--network', 'mixed', image, 'true');
    const nft = (...args: string[]) => execFileSync('nft', args, { encoding: 'utf8' });
    nft('delete', 'element', 'inet', 'caisson', 'sources', `{ ${net.prefix}.29.0/24 }`);
    nft('add', 'element', 'inet', 'caisson', 'sources', `{ ${net.prefix}.29.128/25 }`);
    box.ok('network', 'rm', 'mixed');
    expect(nft('list', 'table', 'inet', 'caisson')).not.toContain(`${net.prefix}.29.`);
  });
});
