import { CaissonError } from '../../errors.js';
import type { EndpointSpec, PublishedPort } from '../../runtime/network-driver.js';
import type { StateDatabase } from '../../state/database.js';
import type { ProcessIdentity } from '../../state/process-identity.js';
import type { ContainerEndpoint } from '../containers/record.js';
import { freeAddress, isIPv4, parseSubnet } from './address.js';
import { formatAddress6, freeAddress6, parseAddress6, parseSubnet6 } from './address6.js';
import { isAddressOf } from './plan.js';
import type { NetworkRecord } from './record.js';

/** What an endpoint is to be like, as far as it is not left to choice. */
export interface EndpointWishes {
  readonly ip?: string;
  readonly ip6?: string;
  readonly macAddress?: string;
  readonly interfaceName?: string;
  readonly names?: readonly string[];
  readonly aliases?: readonly string[];
  readonly dnsServers?: readonly string[];
  readonly process?: ProcessIdentity;
}

export interface EndpointRow {
  readonly container: string;
  readonly networkId: string;
  readonly endpoint: ContainerEndpoint;
  /** Of a build that has borrowed it. */
  readonly process?: ProcessIdentity;
}

type Row = { container: string; network: string; address: string; config: string };

/** Who has which address: a row for each container that runs and each network it is in. */
export class EndpointTable {
  readonly #db: StateDatabase;

  constructor(db: StateDatabase) {
    this.#db = db;
  }

  /** Takes addresses for a container that starts or joins. @throws CaissonError `in-use`, `invalid-argument` */
  allocate(network: NetworkRecord, container: string, wishes: EndpointWishes = {}): ContainerEndpoint {
    const { process, interfaceName = 'eth0', macAddress, names, aliases, dnsServers } = wishes;
    for (const wanted of [wishes.ip, wishes.ip6])
      if (wanted !== undefined && !isAddressOf(network, wanted)) throw new CaissonError('invalid-argument', `${wanted.slice(0, 60)} is not an address of the network ${network.name} (${[network.subnet, network.subnet6].filter(Boolean).join(', ')})`);
    return this.#db.transaction(() => {
      this.#db.run('DELETE FROM endpoints WHERE container = ? AND network = ?', container, network.id);
      const holders = new Map<string, string>([[network.gateway, 'the gateway'], ...(network.gateway6 === undefined ? [] : [[network.gateway6, 'the gateway'] as const]), ...Object.entries(network.auxAddresses ?? {}).map(([name, address]) => [address, name] as const)]);
      for (const row of this.#db.all<{ config: string; name: string }>('SELECT e.config, coalesce(c.name, e.container) AS name FROM endpoints e LEFT JOIN containers c ON c.id = e.container WHERE e.network = ?', network.id)) {
        const { address, address6 } = JSON.parse(row.config) as ContainerEndpoint;
        for (const held of [address, address6]) if (held !== undefined) holders.set(held, `container ${row.name}`);
      }
      const address = take(network, holders, wishes.ip, (taken) => freeAddress(parseSubnet(network.subnet), taken, network.ipRange === undefined ? undefined : parseSubnet(network.ipRange, 32)));
      const { subnet6, gateway6 } = network;
      const six = subnet6 === undefined || gateway6 === undefined ? undefined : { net: parseSubnet6(subnet6), gateway6 };
      const wanted6 = wishes.ip6 === undefined ? undefined : formatAddress6(parseAddress6(wishes.ip6) ?? 0n);
      const address6 = six && take(network, holders, wanted6, (taken) => freeAddress6(six.net, taken, network.ipRange6 === undefined ? undefined : parseSubnet6(network.ipRange6)));
      const endpoint: ContainerEndpoint = {
        network: network.name,
        networkId: network.id,
        address,
        prefix: parseSubnet(network.subnet).prefix,
        gateway: network.gateway,
        ...(six && address6 !== undefined ? { address6, prefix6: six.net.prefix, gateway6: six.gateway6 } : {}),
        macAddress: macAddress ?? macFor(address),
        interfaceName,
        ...(names ? { names } : {}),
        ...(aliases?.length ? { aliases } : {}),
        ...(dnsServers ? { dnsServers } : {}),
      };
      this.#db.run('INSERT INTO endpoints (container, network, address, config) VALUES (?, ?, ?, ?)', container, network.id, address, JSON.stringify(process ? { ...endpoint, process } : endpoint));
      return endpoint;
    });
  }

  /** Keeps what has changed about an endpoint that exists; its addresses cannot have. */
  change(container: string, endpoint: ContainerEndpoint): void {
    this.#db.run('UPDATE endpoints SET config = ? WHERE container = ? AND network = ?', JSON.stringify(endpoint), container, endpoint.networkId);
  }

  /** Of one container, in the order of their interfaces. */
  of(container: string): EndpointRow[] {
    return this.#db
      .all<Row>('SELECT * FROM endpoints WHERE container = ?', container)
      .map(parse)
      .toSorted((a, b) => Number(interfaceOf(a.endpoint).slice(3)) - Number(interfaceOf(b.endpoint).slice(3)));
  }

  /** Of builds that have borrowed one. */
  lent(): EndpointRow[] {
    return this.#db.all<Row>("SELECT * FROM endpoints WHERE container LIKE 'build-%'").map(parse);
  }

  /** Names of the containers in a network. */
  users(network: string): string[] {
    return this.#db.all<{ name: string }>('SELECT coalesce(c.name, e.container) AS name FROM endpoints e LEFT JOIN containers c ON c.id = e.container WHERE e.network = ?', network).map((row) => row.name);
  }

  /** Gives addresses back: those of one network, or all. */
  release(container: string, network?: string): void {
    if (network === undefined) this.#db.run('DELETE FROM endpoints WHERE container = ?', container);
    else this.#db.run('DELETE FROM endpoints WHERE container = ? AND network = ?', container, network);
  }
}

function parse({ container, network, config }: Row): EndpointRow {
  const { process, ...endpoint } = JSON.parse(config) as ContainerEndpoint & { process?: ProcessIdentity };
  return { container, networkId: network, endpoint, ...(process ? { process } : {}) };
}

function take(network: NetworkRecord, holders: ReadonlyMap<string, string>, wanted: string | undefined, free: (taken: ReadonlySet<string>) => string | undefined): string {
  const holder = wanted === undefined ? undefined : holders.get(wanted);
  if (holder !== undefined) throw new CaissonError('in-use', `the address ${wanted} is taken by ${holder}`);
  const address = wanted ?? free(new Set(holders.keys()));
  if (address === undefined) throw new CaissonError('in-use', `the network ${network.name} (${network.ipRange ?? network.subnet}) has no free address`);
  return address;
}

/** Docker's way: locally administered, and made of the address, so that it stays with it. */
function macFor(address: string): string {
  const bytes = isIPv4(address) ? address.split('.').map(Number) : [];
  return ['02', '42', ...bytes.map((byte) => byte.toString(16).padStart(2, '0'))].join(':');
}

/** Records of earlier versions do not name it: then it was the only one. */
export const interfaceOf = (endpoint: ContainerEndpoint): string => endpoint.interfaceName ?? 'eth0';

/** The driver's view of an endpoint. */
export function endpointSpec(endpoint: ContainerEndpoint, container: string, namespace: string, more: { ports?: readonly PublishedPort[]; defaultRoute?: boolean } = {}): EndpointSpec {
  const { address, address6, macAddress, names, dnsServers } = endpoint;
  return {
    containerId: container,
    namespace,
    interfaceName: interfaceOf(endpoint),
    address,
    ...(address6 === undefined ? {} : { address6 }),
    macAddress,
    ports: more.ports ?? [],
    defaultRoute: more.defaultRoute ?? true,
    ...(names ? { names } : {}),
    ...(dnsServers ? { dnsServers } : {}),
  };
}
