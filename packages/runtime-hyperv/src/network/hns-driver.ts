import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { CaissonError, type EndpointSpec, type NetworkDriver, type NetworkSpec } from '@caisson/core';
import { ContainerFolder } from '../container/container-folder.js';
import { openVmCompute } from '../hcs/vmcompute.js';
import { runFolder } from '../host/places.js';
import { ask } from '../monitor/monitor-client.js';
import type { MonitorState } from '../monitor/messages.js';
import type { HypervOptions } from '../options.js';
import { endpointDocument, endpointName, namePrefix, natPolicies, networkDocument, networkName, type EndpointDocument } from './documents.js';
import { endpointOwners, endpointsOf, namespacePrefix, readEndpoint, removeEndpoint, writeEndpoint } from './endpoint-file.js';
import { Hns } from './hns.js';

/**
 * Networks of Windows containers. An endpoint is made before its container's system, which takes it in when it is started; one that runs is
 * told. What is made here bears our name, so that it can be found again whoever made it has died.
 */
export class HnsNetworkDriver implements NetworkDriver {
  readonly name = 'hns';
  readonly resolvesNames = false;
  readonly #options: Pick<HypervOptions, 'runRoot' | 'libraries'>;

  constructor(options: Pick<HypervOptions, 'runRoot' | 'libraries'> = {}) {
    this.#options = options;
  }

  get #hns(): Hns {
    return new Hns(openVmCompute(this.#options.libraries));
  }

  get #runRoot(): string {
    return this.#options.runRoot ?? runFolder();
  }

  get #folder(): string {
    return join(this.#runRoot, 'endpoints');
  }

  /** Windows has none that could be named: it stands for the endpoints that are made for this ID. */
  async createNamespace(id: string): Promise<string> {
    return `${namespacePrefix}${id}`;
  }

  async removeNamespace(id: string): Promise<void> {
    for (const { endpointId } of endpointsOf(this.#folder, id)) await this.#hns.deleteEndpoint(endpointId);
  }

  async connect(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    const hns = this.#hns;
    const wanted = networkDocument(network);
    natPolicies(network, endpoint); // refused before anything is made
    const noted = readEndpoint(this.#folder, endpoint.containerId, network.id);
    if (noted && (await hns.endpoints()).some(({ ID }) => ID === noted.endpointId)) return;
    const on = (await this.#find(network)) ?? (await hns.createNetwork(wanted));
    const document = endpointDocument(network, endpoint, on.ID);
    // Left by one who was killed before it could be noted.
    for (const { ID, Name } of await hns.endpoints()) if (Name === document.Name) await hns.deleteEndpoint(ID);
    const { ID: endpointId } = await hns.createEndpoint(document);
    try {
      writeEndpoint(this.#folder, endpoint.containerId, network.id, { endpointId, hnsNetworkId: on.ID, document });
      await this.#tellRunning(endpoint.containerId, 'Add', endpointId);
    } catch (error) {
      await this.disconnect(network, endpoint);
      throw error;
    }
  }

  async disconnect(network: NetworkSpec, endpoint: Pick<EndpointSpec, 'containerId'>): Promise<void> {
    const hns = this.#hns;
    const noted = readEndpoint(this.#folder, endpoint.containerId, network.id);
    const name = endpointName(network, endpoint.containerId);
    const ids = noted ? [noted.endpointId] : (await hns.endpoints()).flatMap(({ ID, Name }) => (Name === name ? [ID] : []));
    for (const id of ids) {
      if (noted) await this.#tellRunning(endpoint.containerId, 'Remove', id).catch(() => {}); // it goes all the same
      await hns.deleteEndpoint(id);
    }
    removeEndpoint(this.#folder, endpoint.containerId, network.id);
  }

  /** Names are not answered for here: see `resolvesNames`. */
  async announce(): Promise<void> {}

  async withdraw(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    await this.#change(network, endpoint, ({ Policies: _gone, ...rest }) => ({ ...rest, Policies: [] }));
  }

  async promote(network: NetworkSpec, endpoint: EndpointSpec): Promise<void> {
    const policies = natPolicies(network, endpoint);
    await this.#change(network, endpoint, (document) => ({ ...document, ...(network.internal ? {} : { GatewayAddress: network.gateway }), Policies: policies }));
  }

  async #change(network: NetworkSpec, endpoint: EndpointSpec, to: (document: EndpointDocument) => EndpointDocument): Promise<void> {
    const noted = readEndpoint(this.#folder, endpoint.containerId, network.id);
    if (!noted) throw new CaissonError('not-found', `the container ${endpoint.containerId} is not connected to the network ${network.name}`);
    const document = to(noted.document);
    await this.#hns.updateEndpoint(noted.endpointId, document);
    writeEndpoint(this.#folder, endpoint.containerId, network.id, { ...noted, document });
  }

  async remove(network: NetworkSpec): Promise<void> {
    const found = await this.#find(network);
    if (!found) return;
    const hns = this.#hns;
    for (const { ID, VirtualNetwork } of await hns.endpoints()) if (VirtualNetwork === found.ID) await hns.deleteEndpoint(ID);
    await hns.deleteNetwork(found.ID);
  }

  async usedSubnets(): Promise<readonly string[]> {
    const own = Object.values(networkInterfaces()).flatMap((addresses) => (addresses ?? []).flatMap(({ family, cidr }) => (family === 'IPv4' && cidr ? [cidr] : [])));
    const others = (await this.#hns.networks()).flatMap(({ Subnets = [] }) => Subnets.map(({ AddressPrefix }) => AddressPrefix));
    return [...own, ...others];
  }

  /** Removes endpoints of ours that belong to no container any more: of processes that were killed. Gives their names. */
  async sweep(isAlive: (containerId: string) => Promise<boolean>): Promise<readonly string[]> {
    const hns = this.#hns;
    const kept = new Set<string>();
    const removed: string[] = [];
    for (const id of endpointOwners(this.#folder)) if (await isAlive(id)) for (const { endpointId } of endpointsOf(this.#folder, id)) kept.add(endpointId);
    for (const { ID, Name } of await hns.endpoints()) {
      if (!Name.startsWith(namePrefix) || kept.has(ID)) continue;
      await hns.deleteEndpoint(ID);
      removed.push(Name);
    }
    return removed;
  }

  async #find(network: NetworkSpec): Promise<{ readonly ID: string } | undefined> {
    const name = networkName(network);
    return (await this.#hns.networks()).find(({ Name }) => Name === name);
  }

  /** A container that runs takes an endpoint in, or lets it go, when its owner asks the service. */
  async #tellRunning(id: string, action: 'Add' | 'Remove', endpointId: string): Promise<void> {
    const record = existsSync(join(this.#runRoot, 'containers', id)) ? ContainerFolder.of(this.#runRoot, id).read() : undefined;
    const state = record && (await ask<MonitorState>(record, { op: 'state' }));
    if (record && (state?.status === 'running' || state?.status === 'paused')) await ask(record, { op: 'endpoint', action, endpointId });
  }
}
