import { randomBytes } from 'node:crypto';
import { CaissonError, isCaissonError } from '../../errors.js';
import { isTaken } from '../../state/database.js';
import { checkName } from '../containers/names.js';
import { ContainerTable } from '../containers/record.js';
import type { ConnectOptions, Networks, PruneOptions } from '../engine.js';
import type { EventLog } from '../events.js';
import type { EngineParts } from '../parts.js';
import { isPruned } from '../prune-filter.js';
import type { HostSubnets, NetworkDriver } from '../../runtime/network-driver.js';
import { formatSubnet, overlaps, parseSubnet, toAddress } from './address.js';
import { parseSubnet6 } from './address6.js';
import { EndpointTable } from './endpoints.js';
import { Loans, type LentNamespace } from './loans.js';
import { chooseSubnet, planNetwork, sortSubnets, type NetworkConfig, type Used } from './plan.js';
import type { NetworkOptions, NetworkRecord } from './record.js';

type NetworkRow = { id: string; name: string; created: number; driver: string; config: string };

/** Who joins containers that exist already to networks. */
export interface Joining {
  connectNetwork(container: string, network: NetworkRecord, options: ConnectOptions): Promise<void>;
  disconnectNetwork(container: string, network: NetworkRecord, options: { force?: boolean }): Promise<void>;
}

const reserved = ['host', 'none', 'default'];

/** Networks in the database: who has which subnet and address. The driver makes the host match when a container starts. */
export class LocalNetworks implements Networks {
  readonly #parts: EngineParts;
  readonly #events: EventLog;
  readonly #joining: () => Joining;
  readonly #loans: Loans;
  readonly endpoints: EndpointTable;

  constructor(parts: EngineParts, events: EventLog, joining: () => Joining) {
    this.#parts = parts;
    this.#events = events;
    this.#joining = joining;
    this.endpoints = new EndpointTable(parts.db);
    this.#loans = new Loans(parts, this.endpoints, this);
  }

  async create(options: NetworkOptions): Promise<NetworkRecord> {
    checkName('network', options.name);
    if (reserved.includes(options.name) || options.name.startsWith('container:')) throw new CaissonError('invalid-argument', `${options.name} cannot be the name of a network`);
    return this.#create(options, 24);
  }

  async #create(options: NetworkOptions, prefix: 16 | 24): Promise<NetworkRecord> {
    const { network } = await this.#parts.runtime();
    const id = randomBytes(32).toString('hex');
    const driver = options.driver ?? 'bridge';
    const insert = (host: HostSubnets) =>
      this.#parts.db.transaction(() => {
        const config = planNetwork(options, id, this.#used(host), prefix);
        try {
          this.#parts.db.run('INSERT INTO networks (id, name, created, driver, config) VALUES (?, ?, ?, ?, ?)', id, options.name, Date.now(), driver, JSON.stringify(options.name === 'bridge' || driver !== 'bridge' ? config : { ...config, names: true }));
        } catch (error) {
          if (isTaken(error)) throw new CaissonError('already-exists', `network with name ${options.name} already exists`);
          throw error;
        }
      });
    const insertAndFind = (host: HostSubnets) => {
      insert(host);
      return this.#find(id);
    };
    try {
      if (network.claim) await network.claim(insertAndFind);
      else insert({ taken: await network.usedSubnets(), mentioned: [] });
    } catch (error) {
      this.#parts.db.run('DELETE FROM networks WHERE id = ?', id);
      throw error;
    }
    this.#events.record('network', 'create', id, { name: options.name, type: driver });
    return this.get(id);
  }

  #used({ taken, mentioned }: HostSubnets, except?: string): Used {
    const networks = this.#rows().map(record).filter(({ id }) => id !== except);
    const host = sortSubnets(taken);
    const pools = this.#parts.defaults?.().addressPools;
    return {
      subnets: [...host.subnets, ...networks.map(({ subnet }) => parseSubnet(subnet))],
      subnets6: [...host.subnets6, ...networks.flatMap(({ subnet6 }) => (subnet6 === undefined ? [] : [parseSubnet6(subnet6)]))],
      avoided: sortSubnets(mentioned, 32).subnets,
      bridges: networks.map(({ bridge }) => bridge),
      ...(pools?.length ? { pools } : {}),
    };
  }

  async list(): Promise<readonly NetworkRecord[]> {
    return this.#rows().map(record);
  }

  async get(nameOrId: string): Promise<NetworkRecord> {
    const found = this.#find(nameOrId);
    if (!found) throw new CaissonError('not-found', `No such network: ${nameOrId.slice(0, 200)}`, { hint: 'caisson network ls lists all there are' });
    return found;
  }

  /** The network that `--network` means, ready to be joined; the default bridge comes into being when it is first asked for. */
  async forContainer(name: string): Promise<NetworkRecord> {
    const found = name !== 'bridge' && name !== 'default' ? await this.get(name) : await this.#default();
    const { network } = await this.#parts.runtime();
    return network.holds && network.claim && !network.holds(found) ? this.#claimAgain(network.claim.bind(network), found) : found;
  }

  async #default(): Promise<NetworkRecord> {
    try {
      return this.#find('bridge') ?? (await this.#create(this.#defaultBridge(), 16));
    } catch (error) {
      const other = this.#find('bridge'); // another process was first
      if (other) return other;
      throw error;
    }
  }

  /**
   * A network whose bridge has gone with a reboot: somebody else may have its subnet by now. One that was chosen is changed then.
   * @throws CaissonError `in-use` for one that was asked for
   */
  async #claimAgain(claim: NonNullable<NetworkDriver['claim']>, { id }: NetworkRecord): Promise<NetworkRecord> {
    await claim((host) => {
      const used = this.#used(host, id);
      return this.#parts.db.transaction(() => {
        const now = this.#find(id);
        if (!now) throw new CaissonError('not-found', `the network ${id.slice(0, 12)} was removed meanwhile`);
        const own = parseSubnet(now.subnet);
        if (!sortSubnets(host.taken).subnets.some((other) => overlaps(other, own))) return now;
        if (!now.chosen) throw new CaissonError('in-use', `the subnet ${now.subnet} of the network ${now.name} overlaps one that this host uses by now`, { hint: `remove the network, and create it with another --subnet: caisson network rm ${now.name}` });
        const net = chooseSubnet(used, own.prefix);
        const changed = { ...now, subnet: formatSubnet(net), gateway: toAddress(net.base + 1) };
        const { id: _, name: __, created: ___, driver: ____, ...config } = changed;
        this.#parts.db.run('UPDATE networks SET config = ? WHERE id = ?', JSON.stringify(config), id);
        return changed;
      });
    });
    return this.get(id);
  }

  #defaultBridge(): NetworkOptions {
    const { bip, mtu } = this.#parts.defaults?.() ?? {};
    return { name: 'bridge', ...(bip === undefined ? {} : { subnet: bip, gateway: bip.replace(/\/.*$/, '') }), ...(mtu === undefined ? {} : { options: { 'com.docker.network.driver.mtu': String(mtu) } }) };
  }

  async connect(nameOrId: string, container: string, options: ConnectOptions = {}): Promise<void> {
    await this.#joining().connectNetwork(container, await this.forContainer(nameOrId), options);
  }

  async disconnect(nameOrId: string, container: string, options: { force?: boolean } = {}): Promise<void> {
    await this.#joining().disconnectNetwork(container, await this.get(nameOrId), options);
  }

  async prune(options: PruneOptions = {}): Promise<readonly string[]> {
    const removed: string[] = [];
    const expected = this.#expected();
    for (const network of await this.list()) {
      if (network.name === 'bridge' || expected.has(network.name) || expected.has(network.id) || !isPruned(options, network)) continue;
      try {
        await this.remove(network.id);
        removed.push(network.name);
      } catch (error) {
        if (!isCaissonError(error, 'in-use', 'not-found')) throw error;
      }
    }
    this.#events.recordPrune('network');
    return removed;
  }

  /** Networks that containers ask for, those that do not run too. */
  #expected(): Set<string> {
    return new Set(new ContainerTable(this.#parts.db).list().flatMap(({ options }) => [options.network ?? 'bridge', ...(options.furtherNetworks ?? []).map(({ network }) => network)]));
  }

  async remove(nameOrId: string): Promise<void> {
    const found = await this.get(nameOrId);
    const { network } = await this.#parts.runtime();
    await this.#loans.takeDownAbandoned();
    this.#parts.db.transaction(() => {
      const users = this.endpoints.users(found.id);
      if (users.length) throw new CaissonError('in-use', `the network ${found.name} is used by ${users.join(', ')}`, { hint: 'stop the containers first, or disconnect them: caisson network disconnect' });
      this.#parts.db.run('DELETE FROM networks WHERE id = ?', found.id);
    });
    await network.remove(found);
    this.#events.record('network', 'destroy', found.id, { name: found.name, type: found.driver });
  }

  /** A namespace on the default bridge for a build step; see `Loans`. */
  lend(): Promise<LentNamespace> {
    return this.#loans.lend();
  }

  /** Ends all loans of this process. */
  takeDownLent(): Promise<void> {
    return this.#loans.takeDown();
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
  return { ...(JSON.parse(config) as NetworkConfig), id, name, created: new Date(created), driver: driver as NetworkRecord['driver'] };
}
