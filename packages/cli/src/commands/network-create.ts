import { CaissonError, type NetworkOptions } from '@caisson/core';
import { Option } from 'commander';
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { definedOnly, invalid, oneOf, pairs } from '../flags/values.js';

interface Flags {
  driver: string;
  subnet?: string[];
  gateway?: string[];
  ipRange?: string[];
  auxAddress?: string[];
  ipv4: boolean;
  ipv6?: boolean;
  internal?: boolean;
  attachable?: boolean;
  label?: string[];
  opt?: string[];
  ipamDriver?: string;
}

export default defineCommand<Flags>({
  configure(command) {
    command
      .argument('<name>', 'name')
      .option('-d, --driver <driver>', 'bridge, macvlan or ipvlan', 'bridge')
      .option('--subnet <cidr>', 'addresses, such as 10.89.0.0/24; one of each kind', collect)
      .option('--gateway <address>', "the bridge's own address in a subnet", collect)
      .option('--ip-range <cidr>', 'the part of a subnet that containers get addresses from', collect)
      .option('--aux-address <name=address>', 'an address that no container gets', collect)
      .option('--ipv4', 'IPv4: always so')
      .addOption(new Option('--no-ipv4').hideHelp())
      .option('--ipv6', 'IPv6 as well')
      .option('--internal', 'no way out of it')
      .option('--attachable', 'accepted, and shown: every network can be attached to')
      .option('--label <name=value>', 'label it', collect)
      .option('-o, --opt <name=value>', 'option of the driver: com.docker.network.bridge.name, com.docker.network.driver.mtu, parent, …', collect)
      .option('--ipam-driver <driver>', 'who gives out addresses: default', 'default')
      .addHelpText(
        'after',
        `
Options of the driver (-o):
  bridge   com.docker.network.bridge.name=NAME                    name of the bridge on this host
           com.docker.network.bridge.enable_icc=false             containers reach each other by published ports only
           com.docker.network.bridge.enable_ip_masquerade=false   containers go out under their own addresses
           com.docker.network.bridge.host_binding_ipv4=ADDRESS    where ports are published that say nothing else
           com.docker.network.driver.mtu=BYTES
  macvlan  parent=INTERFACE, macvlan_mode=bridge|private|vepa|passthru
  ipvlan   parent=INTERFACE, ipvlan_mode=l2|l3|l3s, ipvlan_flag=bridge|private|vepa

Examples:
  caisson network create backend
  caisson network create -o com.docker.network.bridge.enable_icc=false tenants
  caisson network create --subnet 10.89.0.0/24 --subnet fd00:89::/64 dual
  caisson network create -d macvlan -o parent=eth0 --subnet 192.168.1.0/24 --gateway 192.168.1.1 lan
`,
      );
  },
  async run(cli, [name = ''], flags) {
    if (!flags.ipv4) throw new CaissonError('unsupported', '--ipv4: there are no networks without IPv4');
    oneOf('--ipam-driver', flags.ipamDriver ?? 'default', ['default']);
    const [subnet, subnet6] = split('--subnet', flags.subnet);
    const [gateway, gateway6] = split('--gateway', flags.gateway);
    const [ipRange, ipRange6] = split('--ip-range', flags.ipRange);
    const network = await cli.engine.networks.create(
      definedOnly<NetworkOptions>({
        name,
        driver: oneOf('--driver', flags.driver, ['bridge', 'macvlan', 'ipvlan'] as const),
        subnet,
        subnet6,
        gateway,
        gateway6,
        ipRange,
        ipRange6,
        ipv6: flags.ipv6,
        auxAddresses: flags.auxAddress && pairs(flags.auxAddress),
        internal: flags.internal,
        attachable: flags.attachable,
        labels: pairs(flags.label ?? []),
        options: flags.opt && pairs(flags.opt),
      }),
    );
    cli.print(network.id);
  },
});

/** The one of IPv4 and the one of IPv6. */
function split(flag: string, values: readonly string[] = []): [string | undefined, string | undefined] {
  const four = values.filter((value) => !value.includes(':'));
  const six = values.filter((value) => value.includes(':'));
  const [, second = six[1]] = four;
  if (second !== undefined) invalid(flag, second, 'a network has one of each kind');
  return [four[0], six[0]];
}
