import { CaissonError } from '../../errors.js';
import type { PublishedPort } from '../../runtime/network-driver.js';
import type { ConnectOptions } from '../engine.js';
import type { EventLog } from '../events.js';
import { endpointSpec, interfaceOf } from '../networks/endpoints.js';
import type { LocalNetworks } from '../networks/local-networks.js';
import type { NetworkRecord } from '../networks/record.js';
import type { EngineParts, RuntimeParts } from '../parts.js';
import { attachmentsOf, checkAttachment, isName, modeOf, type NetworkAttachment } from './attachments.js';
import { containerFolder } from './create.js';
import { changeEtcFiles } from './files.js';
import { claimedPorts, claimPorts, releasePorts } from './ports.js';
import type { ContainerEndpoint, ContainerRecord, ContainerTable } from './record.js';

interface Joined {
  readonly network: NetworkRecord;
  readonly endpoint: ContainerEndpoint;
}

/** What a container that is about to start has of networks. */
export interface PreparedNetworks {
  /** As in ContainerSpec. */
  readonly namespace: string | undefined;
  /** The container whose namespace it shares. */
  readonly sharedWith?: string;
  /** The one that is its way out first. */
  readonly joined: readonly Joined[];
  readonly ports: readonly PublishedPort[];
}

/**
 * The networks of containers: taken before a start, joined before the program's first instruction, changed while it runs, and given back after
 * the exit. All of it under the container's lock.
 */
export class Connections {
  readonly #parts: EngineParts;
  readonly #networks: LocalNetworks;
  readonly #events: EventLog;
  readonly #table: ContainerTable;

  constructor(parts: EngineParts, networks: LocalNetworks, events: EventLog, table: ContainerTable) {
    this.#parts = parts;
    this.#networks = networks;
    this.#events = events;
    this.#table = table;
  }

  /** Takes addresses and ports; says whose namespace the container joins, if not one of its own. */
  async prepare(host: RuntimeParts, record: ContainerRecord): Promise<PreparedNetworks> {
    const mode = modeOf(record.options);
    if (mode === 'none') return { namespace: undefined, joined: [], ports: [] };
    if (mode === 'host') return { namespace: 'host', joined: [], ports: [] };
    if (mode !== 'networks') {
      const other = this.#table.find(mode.container);
      const state = await host.runtime.state(other.id);
      if (state?.status !== 'running') throw new CaissonError('in-use', `container ${other.name}, whose network ${record.name} is to share, does not run`, { hint: `caisson start ${other.name}` });
      return { namespace: `/proc/${state.pid}/ns/net`, sharedWith: other.id, joined: [], ports: [] };
    }
    const joined: Joined[] = [];
    for (const [place, attachment] of attachmentsOf(record).entries()) {
      const network = await this.#networks.forContainer(attachment.network);
      joined.push({ network, endpoint: this.#allocate(host, record, network, attachment, `eth${place}`) });
    }
    const ordered = wayOutFirst(joined);
    return { namespace: undefined, joined: ordered, ports: ordered.length > 0 ? await claimPorts(this.#parts.db, record, { binding: ordered[0]?.network.hostBinding, check: host.network.checkPort?.bind(host.network) }) : [] };
  }

  #allocate(host: RuntimeParts, { id, name, hostname, options }: ContainerRecord, network: NetworkRecord, { ip, ip6, macAddress, aliases = [] }: NetworkAttachment, interfaceName: string): ContainerEndpoint {
    const holder = network.mode === 'passthru' ? this.#networks.endpoints.users(network.id).find((user) => user !== name) : undefined;
    if (holder !== undefined) throw new CaissonError('in-use', `the interface ${network.bridge} is passed through to one container only, and ${holder} has it`);
    const named = network.names === true && host.network.resolvesNames;
    return this.#networks.endpoints.allocate(network, id, {
      interfaceName,
      ...(ip === undefined ? {} : { ip }),
      ...(ip6 === undefined ? {} : { ip6 }),
      ...(macAddress === undefined ? {} : { macAddress }),
      aliases,
      ...(named ? { names: [...new Set([name, id.slice(0, 12), hostname, ...aliases])].filter(isName) } : {}),
      ...(named && options.dns?.length ? { dnsServers: options.dns } : {}),
    });
  }

  /** Connects the namespace that the runtime has made, before anything runs in it. */
  async join(host: RuntimeParts, { id }: ContainerRecord, { joined, ports }: PreparedNetworks): Promise<void> {
    if (joined.length === 0) return;
    const namespace = await this.#namespace(host, id);
    for (const [place, { network, endpoint }] of joined.entries()) {
      await host.network.connect(network, endpointSpec(endpoint, id, namespace, { ports: place === 0 ? ports : [], defaultRoute: place === 0 }));
      this.#tell('connect', network, id);
    }
  }

  async #namespace(host: RuntimeParts, id: string): Promise<string> {
    const pid = (await host.runtime.state(id))?.pid;
    if (!pid) throw new CaissonError('runtime-failed', 'the container ended before it could be connected to its network');
    return `/proc/${pid}/ns/net`;
  }

  /** Takes back what a start took. Its namespace has gone with its processes; what is left is the host's side. Safe to repeat. */
  async giveBack(host: RuntimeParts, id: string): Promise<void> {
    const ports = claimedPorts(this.#parts.db, id);
    for (const { networkId, endpoint } of this.#networks.endpoints.of(id)) {
      const network = await this.#networks.get(networkId);
      await host.network.disconnect(network, endpointSpec(endpoint, id, '', { ports }));
      this.#networks.endpoints.release(id, networkId);
      this.#tell('disconnect', network, id);
    }
    if (ports.length > 0) releasePorts(this.#parts.db, id);
  }

  async connect(host: RuntimeParts, record: ContainerRecord, network: NetworkRecord, options: ConnectOptions): Promise<void> {
    const { id, state } = record;
    if (modeOf(record.options) !== 'networks') throw new CaissonError('invalid-argument', `container ${record.name} has the network ${record.options.network}, and can have no other beside it`);
    const attachment = { network: network.name, ...options };
    checkAttachment(attachment);
    const attachments = attachmentsOf(record);
    if (attachments.some((other) => meansIt(other, network))) throw new CaissonError('already-exists', `container ${record.name} is in the network ${network.name} already`);
    if (!runs(record)) {
      this.#table.change(id, { attachments: [...attachments, attachment] });
      return this.#tell('connect', network, id);
    }
    const namespace = await this.#namespace(host, id);
    const used = new Set(state.networks.map(interfaceOf));
    let place = 0;
    while (used.has(`eth${place}`)) place++;
    const endpoint = this.#allocate(host, record, network, attachment, `eth${place}`);
    const before = await this.#joined(state.networks);
    const after = wayOutFirst([...before, { network, endpoint }]);
    const ports = claimedPorts(this.#parts.db, id);
    const leads = after[0]?.endpoint === endpoint;
    try {
      await host.network.connect(network, endpointSpec(endpoint, id, namespace, { ports: before.length === 0 ? ports : [], defaultRoute: leads }));
      if (leads && before.length > 0) await this.#promote(host, id, namespace, after, ports, before[0]);
    } catch (error) {
      await host.network.disconnect(network, endpointSpec(endpoint, id, namespace));
      this.#networks.endpoints.release(id, network.id);
      throw error;
    }
    this.#settle(record, after, [...attachments, attachment]);
    this.#tell('connect', network, id);
  }

  async disconnect(host: RuntimeParts, record: ContainerRecord, network: NetworkRecord, force: boolean): Promise<void> {
    const { id, state } = record;
    const attachments = attachmentsOf(record);
    const left = attachments.filter((other) => !meansIt(other, network));
    const endpoint = state.networks.find((other) => other.networkId === network.id);
    if (left.length === attachments.length && !endpoint) {
      if (force) return;
      throw new CaissonError('not-found', `container ${record.name} is not in the network ${network.name}`);
    }
    if (!runs(record) || !endpoint) {
      this.#table.change(id, { attachments: left });
      return this.#tell('disconnect', network, id);
    }
    const namespace = await this.#namespace(host, id);
    const ports = claimedPorts(this.#parts.db, id);
    await host.network.disconnect(network, endpointSpec(endpoint, id, namespace, { ports }));
    this.#networks.endpoints.release(id, network.id);
    const after = wayOutFirst(await this.#joined(state.networks.filter((other) => other !== endpoint)));
    this.#settle(record, after, left);
    this.#tell('disconnect', network, id);
    if (state.networks[0] === endpoint) await this.#promote(host, id, namespace, after, ports, undefined);
  }

  /** Gives the networks' other containers the name that a container has now. */
  async rename(host: RuntimeParts, record: ContainerRecord, oldName: string): Promise<void> {
    if (!runs(record) || record.state.networks.every(({ names }) => names === undefined)) return;
    const networks = record.state.networks.map((endpoint) => (endpoint.names ? { ...endpoint, names: [...new Set([record.name, ...endpoint.names.filter((name) => name !== oldName)])] } : endpoint));
    for (const { network, endpoint } of await this.#joined(networks)) {
      this.#networks.endpoints.change(record.id, endpoint);
      await host.network.announce(network, endpointSpec(endpoint, record.id, ''));
    }
    this.#table.change(record.id, { networks });
  }

  /** Makes the first of `after` the way out, in place of `before`. */
  async #promote(host: RuntimeParts, id: string, namespace: string, after: readonly Joined[], ports: readonly PublishedPort[], before: Joined | undefined): Promise<void> {
    const [first] = after;
    if (!first) return;
    if (before) await host.network.withdraw(before.network, endpointSpec(before.endpoint, id, namespace, { ports }));
    await host.network.promote(first.network, endpointSpec(first.endpoint, id, namespace, { ports }));
  }

  async #joined(endpoints: readonly ContainerEndpoint[]): Promise<Joined[]> {
    return Promise.all(endpoints.map(async (endpoint) => ({ network: await this.#networks.get(endpoint.networkId), endpoint })));
  }

  #settle(record: ContainerRecord, after: readonly Joined[], attachments: readonly NetworkAttachment[]): void {
    const endpoints = after.map(({ endpoint }) => endpoint);
    this.#table.change(record.id, { networks: endpoints, attachments });
    changeEtcFiles(containerFolder(this.#parts, record.id), record, record.state.networks, endpoints);
  }

  #tell(action: 'connect' | 'disconnect', network: NetworkRecord, container: string): void {
    this.#events.record('network', action, network.id, { container, name: network.name, type: network.driver });
  }
}

const runs = ({ status }: ContainerRecord) => status === 'running' || status === 'paused';

const meansIt = (attachment: NetworkAttachment, network: NetworkRecord) =>
  attachment.network === network.name || (attachment.network === 'default' && network.name === 'bridge') || (attachment.network.length >= 4 && network.id.startsWith(attachment.network));

/** The first that leads out of the host comes first; the order of the others stays. */
function wayOutFirst(joined: readonly Joined[]): readonly Joined[] {
  const first = joined.find(({ network }) => !network.internal);
  return first ? [first, ...joined.filter((other) => other !== first)] : joined;
}
