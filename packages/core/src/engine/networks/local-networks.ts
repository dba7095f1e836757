import { randomBytes } from 'node:crypto';
import { CaissonError } from '../../errors.js';
import type { EndpointSpec } from '../../runtime/network-driver.js';
import { isTaken } from '../../state/database.js';
import { isAlive, selfIdentity, type ProcessIdentity } from '../../state/process-identity.js';
import { readHost, resolvConf } from '../containers/files.js';
import { checkName } from '../containers/names.js';
import type { ContainerEndpoint } from '../containers/record.js';
import type { Networks } from '../engine.js';
import type { EventLog } from '../events.js';
import type { EngineParts } from '../parts.js';
import { contains, formatSubnet, freeAddress, freeSubnet, isIPv4, overlaps, parseSubnet, toAddress } from './address.js';
import { pending } from '../pending.js';
import type { NetworkOptions, NetworkRecord } from './record.js';

type NetworkRow = { id: string; name: string; created: number; driver: string; config: string };
type NetworkConfig = Omit<NetworkRecord, 'id' | 'name' | 'created' | 'driver'>;

/** A network namespace with a way out, and what /etc/resolv.conf is to say in it. */
export interface LentNamespace {
  readonly namespace: string;
  readonly resolvConf: string;
  giveBack(): void;
}

const reserved = ['host', 'none', 'default'];

/** Networks in the database: who has which subnet and address. The driver makes the host match when a container starts. */
export class LocalNetworks implements Networks {
  readonly #parts: EngineParts;
  readonly #events: EventLog;
  readonly #idle: Omit<LentNamespace, 'giveBack'>[] = [];
  readonly #lent: ContainerEndpoint[] = [];

  constructor(parts: EngineParts, events: EventLog) {
    this.#parts = parts;
    this.#events = events;
  }

  async create(options: NetworkOptions): Promise<NetworkRecord> {
    checkName('network', options.name);
    if (reserved.includes(options.name) || options.name.startsWith('container:')) throw new CaissonError('invalid-argument', `${options.name} cannot be the name of a network`);
    return this.#create(options, 24);
  }

  async #create(options: NetworkOptions, prefix: 16 | 24): Promise<NetworkRecord> {
    const { network } = await this.#parts.runtime();
    const onHost = (await network.usedSubnets()).flatMap(trySubnet);
    const id = randomBytes(32).toString('hex');
    this.#parts.db.transaction(() => {
      const used = [...onHost, ...this.#rows().map((row) => parseSubnet((JSON.parse(row.config) as NetworkConfig).subnet))];
      const subnet = options.subnet === undefined ? freeSubnet(used, prefix) : parseSubnet(options.subnet);
      if (!subnet) throw new CaissonError('in-use', 'no subnet is free for another network', { hint: 'remove networks that are not needed, or give one with --subnet' });
      if (options.subnet !== undefined && used.some((other) => overlaps(other, subnet))) throw new CaissonError('in-use', `the subnet ${options.subnet} overlaps one that this host uses already`);
      const gateway = options.gateway ?? toAddress(subnet.base + 1);
      if (!contains(subnet, gateway)) throw new CaissonError('invalid-argument', `the gateway ${gateway} is not in ${formatSubnet(subnet)}`);
      const bridge = `cs-${id.slice(0, 10)}`;
      const config: NetworkConfig = { bridge, subnet: formatSubnet(subnet), gateway, internal: options.internal ?? false, labels: options.labels ?? {} };
      try {
        this.#parts.db.run("INSERT INTO networks (id, name, created, driver, config) VALUES (?, ?, ?, 'bridge', ?)", id, options.name, Date.now(), JSON.stringify(config));
      } catch (error) {
        if (isTaken(error)) throw new CaissonError('already-exists', `there is a network ${options.name} already`);
        throw error;
      }
      this.#events.record('network', 'create', id, { name: options.name });
    });
    return this.get(id);
  }

  async list(): Promise<readonly NetworkRecord[]> {
    return this.#rows().map(record);
  }

  async get(nameOrId: string): Promise<NetworkRecord> {
    const found = this.#find(nameOrId);
    if (!found) throw new CaissonError('not-found', `no such network: ${nameOrId.slice(0, 200)}`, { hint: 'caisson network ls lists all there are' });
    return found;
  }

  /** The network that `--network` means; the default bridge comes into being when it is first asked for. */
  async forContainer(name: string): Promise<NetworkRecord> {
    if (name !== 'bridge' && name !== 'default') return this.get(name);
    try {
      return this.#find('bridge') ?? (await this.#create({ name: 'bridge' }, 16));
    } catch (error) {
      const other = this.#find('bridge'); // another process was first
      if (other) return other;
      throw error;
    }
  }

  connect(): Promise<void> {
    throw pending('connect');
  }

  disconnect(): Promise<void> {
    throw pending('disconnect');
  }

  prune(): Promise<readonly string[]> {
    throw pending('prune networks');
  }

  async remove(nameOrId: string): Promise<void> {
    const found = await this.get(nameOrId);
    const { network } = await this.#parts.runtime();
    await this.#takeDownAbandoned();
    this.#parts.db.transaction(() => {
      const users = this.#parts.db.all<{ name: string }>('SELECT coalesce(c.name, e.container) AS name FROM endpoints e LEFT JOIN containers c ON c.id = e.container WHERE e.network = ?', found.id).map((row) => row.name);
      if (users.length) throw new CaissonError('in-use', `the network ${found.name} is used by ${users.join(', ')}`, { hint: 'stop the containers first' });
      this.#parts.db.run('DELETE FROM networks WHERE id = ?', found.id);
    });
    await network.remove(found);
    this.#events.record('network', 'destroy', found.id, { name: found.name });
  }

  /**
   * A namespace on the default bridge for as long as the caller's process lives: a build step's. What is given back is lent again; the engine
   * takes all of them down when it is disposed of.
   */
  async lend(): Promise<LentNamespace> {
    const lent = this.#idle.pop() ?? (await this.#borrow());
    return { ...lent, giveBack: () => void this.#idle.push(lent) };
  }

  async #borrow(): Promise<Omit<LentNamespace, 'giveBack'>> {
    const { network: driver } = await this.#parts.runtime();
    const network = await this.forContainer('bridge');
    await this.#takeDownAbandoned();
    const id = `build-${randomBytes(8).toString('hex')}`;
    const endpoint = this.allocate(network, id, undefined, selfIdentity());
    this.#lent.push(endpoint);
    const namespace = await driver.createNamespace(id);
    await driver.connect(network, endpointSpec(endpoint, id, namespace, []));
    return { namespace, resolvConf: resolvConf(readHost('/etc/resolv.conf'), {}, false) };
  }

  /** Ends all loans of this process. */
  async takeDownLent(): Promise<void> {
    if (this.#lent.length > 0) await this.#takeDown((process) => process.pid === selfIdentity().pid && process.started === selfIdentity().started);
    this.#lent.length = 0;
    this.#idle.length = 0;
  }

  /** What builds that were killed have left. */
  async #takeDownAbandoned(): Promise<void> {
    await this.#takeDown((process) => !isAlive(process));
  }

  async #takeDown(which: (process: ProcessIdentity) => boolean): Promise<void> {
    const { db } = this.#parts;
    for (const row of db.all<{ container: string; network: string; config: string }>("SELECT container, network, config FROM endpoints WHERE container LIKE 'build-%'")) {
      const { process, ...endpoint } = JSON.parse(row.config) as ContainerEndpoint & { process: ProcessIdentity };
      if (!which(process)) continue;
      const { network: driver } = await this.#parts.runtime();
      await driver.disconnect(await this.get(row.network), endpointSpec(endpoint, row.container, '', []));
      await driver.removeNamespace(row.container);
      this.release(row.container);
    }
  }

  /** Takes an address for a container that starts. @throws CaissonError `in-use` */
  allocate(network: NetworkRecord, container: string, wanted: string | undefined, process?: ProcessIdentity): ContainerEndpoint {
    const { db } = this.#parts;
    const subnet = parseSubnet(network.subnet);
    if (wanted !== undefined && !(isIPv4(wanted) && contains(subnet, wanted))) throw new CaissonError('invalid-argument', `${wanted} is not an address of the network ${network.name} (${network.subnet})`);
    return db.transaction(() => {
      db.run('DELETE FROM endpoints WHERE container = ? AND network = ?', container, network.id);
      const holders = new Map(db.all<{ address: string; name: string }>('SELECT e.address, coalesce(c.name, e.container) AS name FROM endpoints e LEFT JOIN containers c ON c.id = e.container WHERE e.network = ?', network.id).map((row) => [row.address, row.name]));
      const holder = wanted === undefined ? undefined : holders.get(wanted);
      if (holder !== undefined) throw new CaissonError('in-use', `the address ${wanted} is taken by container ${holder}`);
      const address = wanted ?? freeAddress(subnet, new Set([...holders.keys(), network.gateway]));
      if (address === undefined) throw new CaissonError('in-use', `the network ${network.name} (${network.subnet}) has no free address`);
      const endpoint: ContainerEndpoint = { network: network.name, networkId: network.id, address, prefix: subnet.prefix, gateway: network.gateway, macAddress: macFor(address) };
      db.run('INSERT INTO endpoints (container, network, address, config) VALUES (?, ?, ?, ?)', container, network.id, address, JSON.stringify(process ? { ...endpoint, process } : endpoint));
      return endpoint;
    });
  }

  release(container: string): void {
    this.#parts.db.run('DELETE FROM endpoints WHERE container = ?', container);
  }

  #find(nameOrId: string): NetworkRecord | undefined {
    const rows = this.#parts.db.all<NetworkRow>(`SELECT * FROM networks WHERE name = ?1 OR id = ?1 OR (length(?1) >= 4 AND id >= ?1 AND id < ?1 || 'g') ORDER BY name = ?1 DESC`, nameOrId);
    return rows[0] && record(rows[0]);
  }

  #rows(): NetworkRow[] {
    return this.#parts.db.all<NetworkRow>('SELECT * FROM networks ORDER BY name');
  }
}

function record({ id, name, created, driver, config }: NetworkRow): NetworkRecord {
  return { id, name, created: new Date(created), driver: driver as NetworkRecord['driver'], ...(JSON.parse(config) as NetworkConfig) };
}

/** Docker's way: locally administered, and made of the address, so that it stays with it. */
function macFor(address: string): string {
  return ['02', '42', ...address.split('.').map((part) => Number(part).toString(16).padStart(2, '0'))].join(':');
}

function trySubnet(text: string) {
  try {
    return [parseSubnet(text)];
  } catch {
    return []; // a host route or IPv6: nothing that a new network could take
  }
}

export function endpointSpec(endpoint: ContainerEndpoint, container: string, namespace: string, ports: EndpointSpec['ports']): EndpointSpec {
  return { containerId: container, namespace, interfaceName: 'eth0', address: endpoint.address, macAddress: endpoint.macAddress, ports, defaultRoute: true };
}
