import { createHash } from 'node:crypto';
import { closeSync, constants, existsSync, mkdirSync, openSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootId, CaissonError, fromSystemError, isCaissonError, type EndpointSpec, type NetworkDriver, type NetworkSpec } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import { applyRules, networkRules, publish, unpublish, withoutNetwork } from './firewall.js';
import { addAddress, addBridge, addDefaultRoute, addSharing, addVeth, deleteLink, getLink, linkIndex, LOOPBACK, setHairpin, setUp, type Request } from './netlink.js';
import { Ground, inNamespace } from './ground.js';
import { ownNetwork, type HostNetwork } from './host-network.js';
import { isInhabited } from './namespace.js';
import { makeNamespace, removeNamespaceFile } from './namespace-file.js';
import { letThrough, letThroughNoMore } from './foreign-firewall.js';
import { findNameServer, NameServer } from './name-server.js';
import { staleRules } from './stale-rules.js';
import { routedSubnets, routedSubnets6 } from './routes.js';

/**
 * Networks as bridges of the kernel, with one pair of interfaces a container and one table of nftables rules for all. Bridges, addresses and
 * routes are made by rtnetlink directly, which takes about a millisecond where `ip` takes several; rules by nft(8), only when a network
 * is first used and for containers that publish ports. A pair of interfaces vanishes by itself with the container's namespace.
 */
export class BridgeNetworkDriver implements NetworkDriver {
  readonly name = 'bridge';
  readonly #runRoot: string;
  readonly #table: string;
  readonly #names: NameServer;
  readonly #host: HostNetwork;

  /**
   * @param options.table the nftables table of the family inet that is the driver's own; default `caisson`
   * @param options.host where bridges are made; default: the network of this process
   */
  constructor(options: { runRoot?: string; table?: string; host?: HostNetwork } = {}) {
    this.#host = options.host ?? ownNetwork;
    this.#table = options.table ?? 'caisson';
    this.#runRoot = options.runRoot ?? '/run/caisson';
    this.#names = new NameServer(this.#runRoot);
  }

  get resolvesNames(): boolean {
    return findNameServer() !== undefined;
  }

  async createNamespace(id: string): Promise<string> {
    const path = this.#namespace(id);
    makeNamespace(path);
    return path;
  }

  async removeNamespace(id: string): Promise<void> {
    removeNamespaceFile(this.#namespace(id));
  }

  async connect(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    if (isSharing(network)) {
      this.#share(network, endpoint);
      return;
    }
    const user = vethName(network, endpoint);
    await this.#host.use(user);
    const ground = new Ground(await this.#host.enter());
    const fresh = this.#prepare(ground, network);
    try {
      if (fresh || endpoint.ports.length > 0) await this.#allow(ground, network, endpoint, fresh);
      const namespace = openNamespace(endpoint.namespace);
      try {
        this.#join(ground, network, endpoint, namespace);
      } finally {
        closeSync(namespace);
      }
      await this.#names.register(ground, network, endpoint);
    } catch (error) {
      await this.#unpublish(network, endpoint);
      await this.#host.leave(user);
      throw error;
    }
  }

  /** An interface that shares one of the host's: there is no bridge, and there are no rules. */
  #share(network: NetworkSpec & { driver: 'macvlan' | 'ipvlan' }, endpoint: EndpointSpec): void {
    const { driver: kind, bridge, mode = '', mtu } = network;
    if (endpoint.ports.length > 0) throw new CaissonError('unsupported', `ports cannot be published from the network ${network.name}: on a ${kind} network a container is reached at its own address`);
    const ground = new Ground(undefined);
    const parent = ground.index(bridge);
    if (parent === undefined) throw new CaissonError('not-found', `this host has no interface ${bridge}, which the network ${network.name} shares`);
    const namespace = openNamespace(endpoint.namespace);
    try {
      ground.talk([addSharing({ kind, parent, mode, name: endpoint.interfaceName, namespace, address: endpoint.macAddress, mtu })]);
      configure(network, endpoint, namespace);
    } finally {
      closeSync(namespace);
    }
  }

  async disconnect(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    if (isSharing(network)) {
      if (endpoint.namespace === '') return; // it has gone with the namespace
      const namespace = openNamespace(endpoint.namespace);
      try {
        inNamespace(namespace, (talk) => talk([deleteLink(endpoint.interfaceName)]));
      } finally {
        closeSync(namespace);
      }
      return;
    }
    // The kernel takes tens of milliseconds to remove an interface. It does so by itself, and in its own time, with a namespace that ends.
    const host = this.#host.current();
    if (isInhabited(endpoint.namespace)) new Ground(host).talk([deleteLink(vethName(network, endpoint))]);
    await this.#unpublish(network, endpoint);
    await this.#names.forget(network, endpoint.containerId);
    await this.#host.leave(vethName(network, endpoint));
  }

  async announce(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    if (!isSharing(network)) await this.#names.register(new Ground(await this.#host.enter()), network, endpoint);
  }

  async withdraw(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    await this.#unpublish(network, endpoint);
  }

  async promote(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    if (endpoint.ports.length > 0) {
      const ground = new Ground(await this.#host.enter());
      await this.#allow(ground, network, endpoint, false);
      hairpin(ground, vethName(network, endpoint));
    }
    const namespace = openNamespace(endpoint.namespace);
    try {
      inNamespace(namespace, (talk) => {
        const [answer] = talk([getLink(endpoint.interfaceName)]);
        if (answer) talk(defaultRoutes(network, endpoint, linkIndex(answer)));
      });
    } finally {
      closeSync(namespace);
    }
  }

  /**
   * Once for each time they were published: the kernel deletes a port by its number, whoever has it by now. Where the rules were flushed,
   * there is nothing to delete.
   */
  async #unpublish(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    const note = this.#published(network, endpoint);
    if (!statSync(note, { throwIfNoEntry: false })) return;
    await this.#host.close(endpoint.ports);
    await applyRules(new Ground(this.#host.current()), unpublish(this.#table, seen(endpoint, this.#host))).catch((error: unknown) => {
      if (!isCaissonError(error) || !/No such file|does not exist/.test(String(error.details?.stderr))) throw error;
    });
    rmSync(note, { force: true });
  }

  async remove(network: NetworkSpec): Promise<void> {
    if (isSharing(network)) return;
    const host = this.#host.current();
    const isLetThrough = existsSync(this.#marker(network, 'let-through'));
    await this.#names.forget(network);
    for (const what of ['', 'let-through'] as const) rmSync(this.#marker(network, what), { force: true });
    if (this.#host !== ownNetwork && host === undefined) return; // it has gone with the last container
    const ground = new Ground(host);
    ground.talk([deleteLink(network.bridge)]);
    if (isLetThrough) await letThroughNoMore(network.bridge);
    await applyRules(ground, withoutNetwork(this.#table, network));
  }

  async usedSubnets(): Promise<readonly string[]> {
    return [...this.#host.subnets, ...routedSubnets(readIfThere('/proc/net/route') ?? ''), ...routedSubnets6(readIfThere('/proc/net/ipv6_route') ?? '')];
  }

  /** Ports alone where the rules are there, which is several times quicker; all of them where they are not, or no more. */
  async #allow(ground: Ground, network: NetworkSpec, asked: EndpointSpec, fresh: boolean): Promise<void> {
    const endpoint = seen(asked, this.#host);
    const ports = publish(this.#table, endpoint); // before the note that they are published: not all can be
    if (endpoint.ports.length > 0) {
      mkdirSync(join(this.#runRoot, 'published'), { recursive: true, mode: 0o700 });
      writeFileSync(this.#published(network, endpoint), '', { mode: 0o600 });
    }
    if (!fresh) {
      try {
        await applyRules(ground, ports);
        return await this.#host.open(asked.ports);
      } catch (error) {
        if (!isCaissonError(error, 'runtime-failed')) throw error;
      }
    }
    await this.#host.open(asked.ports);
    const rules = networkRules(this.#table, network) + ports;
    const apply = () => applyRules(ground, rules);
    const retry = async (error: unknown) => {
      if (!isCaissonError(error) || !/overlaps with an existing/.test(String(error.details?.stderr))) throw error;
      await applyRules(ground, await staleRules(ground, this.#table, await this.usedSubnets()));
      await apply();
    };
    await apply().catch(retry).catch(async (error: unknown) => {
      await this.#host.close(asked.ports);
      rmSync(this.#published(network, endpoint), { force: true }); // none of them, or all: it is one transaction
      if (isCaissonError(error) && /File exists/.test(String(error.details?.stderr))) {
        throw new CaissonError('in-use', `one of the ports ${endpoint.ports.map(({ hostPort }) => hostPort).join(', ')} is published by another container`, { cause: error });
      }
      throw error;
    });
    if (this.#host === ownNetwork && !network.internal && (await letThrough(network.bridge, network.subnet6 !== undefined))) this.#markPrepared(network, 'let-through');
    this.#markPrepared(network);
  }

  /** Makes the bridge where it is missing. True when the rules of the network are to be made as well. */
  #prepare(ground: Ground, network: NetworkSpec): boolean {
    const { bridge, gateway, subnet, gateway6, subnet6 } = network;
    const there = ground.index(bridge);
    if (there !== undefined && this.#isPrepared(network)) return false;
    if (there !== undefined && ground.kind(bridge) !== 'bridge') throw new CaissonError('in-use', `the interface ${bridge} of this host is not a bridge: the network ${network.name} cannot use it`);
    ground.talk([addBridge(bridge, network.mtu)]);
    const index = ground.index(bridge);
    if (index === undefined) throw new CaissonError('runtime-failed', `the bridge ${bridge} of the network ${network.name} is not there`);
    ground.talk([addAddress(index, gateway, prefixOf(subnet)), ...(gateway6 !== undefined && subnet6 !== undefined ? [addAddress(index, gateway6, prefixOf(subnet6))] : []), setUp(index)]);
    // So that 127.0.0.1:PORT on the host reaches a published port; a rule keeps containers from the host's loopback.
    ground.sysctl(`net/ipv4/conf/${bridge}/route_localnet`, '1');
    if (!network.internal) {
      ground.sysctl('net/ipv4/ip_forward', '1');
      if (subnet6 !== undefined) ground.sysctl('net/ipv6/conf/all/forwarding', '1');
    }
    return true;
  }

  #join(ground: Ground, network: NetworkSpec, endpoint: EndpointSpec, namespace: number): void {
    const bridge = ground.index(network.bridge);
    if (bridge === undefined) throw new CaissonError('runtime-failed', `the bridge ${network.bridge} of the network ${network.name} is not there`);
    const host = vethName(network, endpoint);
    const { interfaceName: peer, macAddress: peerAddress } = endpoint;
    // The first takes away what an earlier attempt, whose caller was killed, has left.
    ground.talk([deleteLink(host), addVeth({ host, bridge, peer, peerNamespace: namespace, peerAddress, mtu: network.mtu })]);
    // Where bridges are filtered (br_netfilter), a container that asks for its own published port is answered through the port it came by.
    if (endpoint.ports.length > 0) hairpin(ground, host);
    configure(network, endpoint, namespace);
  }

  #namespace(id: string): string {
    return join(this.#runRoot, 'netns', id);
  }

  #published(network: NetworkSpec, endpoint: EndpointSpec): string {
    return join(this.#runRoot, 'published', vethName(network, endpoint));
  }

  #marker(network: NetworkSpec, what = ''): string {
    return join(this.#runRoot, 'networks', `${network.id}${what}`);
  }

  #isPrepared(network: NetworkSpec): boolean {
    return readIfThere(this.#marker(network)) === preparedAs(network);
  }

  #markPrepared(network: NetworkSpec, what: '' | 'let-through' = ''): void {
    mkdirSync(join(this.#runRoot, 'networks'), { recursive: true, mode: 0o700 });
    writeFileSync(this.#marker(network, what), preparedAs(network), { mode: 0o600 });
  }
}

/** Rules do not outlive a boot, and a docker daemon that has come since has brought some of its own. */
const preparedAs = ({ bridge, subnet, gateway, subnet6 = '', gateway6 = '', internal, mtu = 0, routed = false }: NetworkSpec) =>
  [bootId(), bridge, subnet, gateway, subnet6, gateway6, internal, mtu, routed, existsSync('/sys/class/net/docker0')].join(' ');

const prefixOf = (subnet: string) => Number(subnet.slice(subnet.indexOf('/') + 1));

/** At most 15 characters, and one's own for each container and network. */
function vethName(network: NetworkSpec, endpoint: EndpointSpec): string {
  return `cv${createHash('sha256').update(`${network.id} ${endpoint.containerId}`).digest('hex').slice(0, 12)}`;
}

/** Where a program of the user's lets ports in, it brings them to one address, whichever they were published at. */
function seen(endpoint: EndpointSpec, host: HostNetwork): EndpointSpec {
  return host === ownNetwork ? endpoint : { ...endpoint, ports: endpoint.ports.map((port) => ({ ...port, hostIp: '' })) };
}

/** Gives the interface in the container its addresses and routes. */
function configure(network: NetworkSpec, endpoint: EndpointSpec, namespace: number): void {
  const { interfaceName, address, address6, defaultRoute } = endpoint;
  inNamespace(namespace, (talk) => {
    const [answer] = talk([getLink(interfaceName)]);
    if (!answer) throw new CaissonError('runtime-failed', `the interface ${interfaceName} is not in the container`);
    const index = linkIndex(answer);
    talk([
      setUp(LOOPBACK),
      addAddress(index, address, prefixOf(network.subnet)),
      ...(address6 !== undefined && network.subnet6 !== undefined ? [addAddress(index, address6, prefixOf(network.subnet6))] : []),
      setUp(index),
      ...(defaultRoute ? defaultRoutes(network, endpoint, index) : []),
    ]);
  });
}

const isSharing = (network: NetworkSpec): network is NetworkSpec & { driver: 'macvlan' | 'ipvlan' } => network.driver === 'macvlan' || network.driver === 'ipvlan';

function defaultRoutes({ internal, gateway, gateway6 }: NetworkSpec, { address6 }: EndpointSpec, index: number): Request[] {
  if (internal) return [];
  return [addDefaultRoute(index, gateway), ...(address6 !== undefined && gateway6 !== undefined ? [addDefaultRoute(index, gateway6)] : [])];
}

function hairpin(ground: Ground, port: string): void {
  const index = ground.index(port);
  if (index !== undefined) ground.talk([setHairpin(index)]);
}

function openNamespace(path: string): number {
  try {
    return openSync(path, constants.O_RDONLY);
  } catch (error) {
    throw fromSystemError(error, `opening the network namespace ${path}`);
  }
}
