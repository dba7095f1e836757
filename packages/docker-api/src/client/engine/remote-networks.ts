import type { ConnectOptions, NetworkOptions, NetworkRecord, Networks, PruneOptions } from '@caisson/core';
import { decodeNetwork } from '../../decode/network.js';
import type { IPAMConfig, NetworkCreateRequest, NetworkCreateResponse, NetworkInspect, NetworksPruneResponse } from '../../types/network.js';
import type { ApiClient } from '../api-client.js';
import { attachmentSettings } from './create-body.js';
import { pruneFilters } from './prune-filters.js';

export class RemoteNetworks implements Networks {
  readonly #client: ApiClient;

  constructor(client: ApiClient) {
    this.#client = client;
  }

  async create(options: NetworkOptions): Promise<NetworkRecord> {
    const { Id } = await this.#client.call<NetworkCreateResponse>({ method: 'POST', path: '/networks/create', body: createBody(options) });
    return this.get(Id);
  }

  async list(): Promise<readonly NetworkRecord[]> {
    return (await this.#client.call<NetworkInspect[]>({ path: '/networks' })).map(decodeNetwork);
  }

  async get(nameOrId: string): Promise<NetworkRecord> {
    return decodeNetwork(await this.#client.call<NetworkInspect>({ path: this.#path(nameOrId) }));
  }

  async remove(nameOrId: string): Promise<void> {
    await this.#client.call({ method: 'DELETE', path: this.#path(nameOrId) });
  }

  async connect(nameOrId: string, container: string, options: ConnectOptions = {}): Promise<void> {
    await this.#client.call({ method: 'POST', path: `${this.#path(nameOrId)}/connect`, body: { Container: container, EndpointConfig: attachmentSettings(options) } });
  }

  async disconnect(nameOrId: string, container: string, { force = false }: { force?: boolean } = {}): Promise<void> {
    await this.#client.call({ method: 'POST', path: `${this.#path(nameOrId)}/disconnect`, body: { Container: container, Force: force } });
  }

  async prune(options: PruneOptions = {}): Promise<readonly string[]> {
    return (await this.#client.call<NetworksPruneResponse>({ method: 'POST', path: '/networks/prune', query: { filters: pruneFilters(options) } })).NetworksDeleted ?? [];
  }

  #path(nameOrId: string): string {
    return `/networks/${encodeURIComponent(nameOrId)}`;
  }
}

function createBody({ name, driver, subnet, gateway, ipRange, ipv6, subnet6, gateway6, ipRange6, auxAddresses = {}, internal, attachable, labels, options }: NetworkOptions): NetworkCreateRequest {
  const aux = (six: boolean) => Object.fromEntries(Object.entries(auxAddresses).filter(([, address]) => address.includes(':') === six));
  const config = (net: string | undefined, gate: string | undefined, range: string | undefined, six: boolean): IPAMConfig[] =>
    net === undefined ? [] : [{ Subnet: net, ...(gate === undefined ? {} : { Gateway: gate }), ...(range === undefined ? {} : { IPRange: range }), ...(Object.keys(aux(six)).length > 0 ? { AuxiliaryAddresses: aux(six) } : {}) }];
  const configs = [...config(subnet, gateway, ipRange, false), ...config(subnet6, gateway6, ipRange6, true)];
  return {
    Name: name,
    CheckDuplicate: true,
    Driver: driver ?? 'bridge',
    ...(configs.length > 0 ? { IPAM: { Driver: 'default', Config: configs } } : {}),
    ...(ipv6 ? { EnableIPv6: true } : {}),
    ...(internal ? { Internal: true } : {}),
    ...(attachable ? { Attachable: true } : {}),
    ...(labels ? { Labels: labels } : {}),
    ...(options ? { Options: options } : {}),
  };
}
