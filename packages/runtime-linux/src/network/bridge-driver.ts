import { createHash } from 'node:crypto';
import { closeSync, existsSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootId, CaissonError, isCaissonError, lockFile, type EndpointSpec, type HostSubnets, type NetworkDriver, type NetworkSpec, type PublishedPort } from '@caisson/core';
import { readIfThere } from '../container/folder.js';
import { applyRules, networkRules, publish, unpublish } from './firewall.js';
import { addAddress, addBridge, addVeth, deleteLink, filterBridge, setHairpin, setIsolated, setUp, type Request } from './netlink.js';
import { Ground } from './ground.js';
import { hostSubnets } from './host-subnets.js';
import { configure, leadOut, openNamespace, prefixOf } from './in-container.js';
import { isSharing, share, shareNoMore } from './sharing.js';
import { ownNetwork, type HostNetwork } from './host-network.js';
import { isInhabited } from './namespace.js';
import { makeNamespace, removeNamespaceFile } from './namespace-file.js';
import { letThrough, letThroughNoMore } from './foreign-firewall.js';
import { findNameServer, NameServer } from './name-server.js';
import { checkPort } from './port-hold.js';
import { clearStale } from './stale-rules.js';

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
      await share(network, endpoint);
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

  async disconnect(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    if (isSharing(network)) {
      shareNoMore(endpoint);
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
      setPort(ground, vethName(network, endpoint), setHairpin);
    }
    leadOut(network, endpoint);
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
    await clearStale(ground, this.#table);
  }

  checkPort(port: PublishedPort): void {
    checkPort(port);
  }

  async usedSubnets(): Promise<readonly string[]> {
    return (await this.#hostSubnets()).taken;
  }

  async #hostSubnets(): Promise<HostSubnets> {
    const { taken, mentioned } = await hostSubnets();
    return { taken: [...this.#host.subnets, ...taken], mentioned };
  }

  /** In a namespace of a user's own, nobody else chooses any. */
  holds(network: NetworkSpec): boolean {
    return isSharing(network) || this.#host !== ownNetwork || new Ground(undefined).index(network.bridge) !== undefined;
  }

  async claim(choose: (host: HostSubnets) => NetworkSpec | undefined): Promise<void> {
    using _lock = await lockFile(this.#host.lockPath ?? join(this.#runRoot, 'locks', 'subnets'));
    const network = choose(await this.#hostSubnets());
    if (network && !isSharing(network) && this.#host === ownNetwork) this.#prepare(new Ground(undefined), network);
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
      await clearStale(ground, this.#table);
      await apply();
    };
    await apply().catch(retry).catch(async (error: unknown) => {
      await this.#host.close(asked.ports);
      rmSync(this.#published(network, endpoint), { force: true }); // none of them, or all: it is one transaction
      if (isCaissonError(error) && /overlaps with an existing/.test(String(error.details?.stderr))) throw new CaissonError('in-use', `the subnet of the network ${network.name} overlaps that of another network of this host`, { cause: error, hint: 'remove one of them, and create it with another --subnet' });
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
    if (network.isolated && isFiltered()) ground.talk([filterBridge(bridge)]);
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
    if (endpoint.ports.length > 0) setPort(ground, host, setHairpin);
    if (network.isolated && !isFiltered()) setPort(ground, host, setIsolated);
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
const preparedAs = ({ bridge, subnet, gateway, subnet6 = '', gateway6 = '', internal, mtu = 0, routed = false, isolated = false }: NetworkSpec) =>
  [bootId(), bridge, subnet, gateway, subnet6, gateway6, internal, mtu, routed, isolated, existsSync('/sys/class/net/docker0')].join(' ');

/** At most 15 characters, and one's own for each container and network. */
function vethName(network: NetworkSpec, endpoint: EndpointSpec): string {
  return `cv${createHash('sha256').update(`${network.id} ${endpoint.containerId}`).digest('hex').slice(0, 12)}`;
}

/** Where a program of the user's lets ports in, it brings them to one address, whichever they were published at. */
function seen(endpoint: EndpointSpec, host: HostNetwork): EndpointSpec {
  return host === ownNetwork ? endpoint : { ...endpoint, ports: endpoint.ports.map((port) => ({ ...port, hostIp: '' })) };
}

function setPort(ground: Ground, port: string, how: (index: number) => Request): void {
  const index = ground.index(port);
  if (index !== undefined) ground.talk([how(index)]);
}

/**
 * Whether rules can decide about what bridges forward (br_netfilter). They then keep an isolated network's members apart, and know what goes
 * to a published port; without them the bridge itself does, which such traffic does not meet.
 */
const isFiltered = () => existsSync('/proc/sys/net/bridge');
