import { randomBytes } from 'node:crypto';
import { isAlive, selfIdentity, type ProcessIdentity } from '../../state/process-identity.js';
import { resolvConf } from '../containers/files.js';
import type { EngineParts } from '../parts.js';
import { endpointSpec, type EndpointTable } from './endpoints.js';
import type { NetworkRecord } from './record.js';

/** A network namespace with a way out, and what /etc/resolv.conf is to say in it. */
export interface LentNamespace {
  readonly namespace: string;
  readonly resolvConf: string;
  giveBack(): void;
}

type Loan = Omit<LentNamespace, 'giveBack'>;

/**
 * Namespaces on the default bridge for as long as a process lives: those of build steps. What is given back is lent again; all of a process
 * are taken down at its end, and those of processes that were killed by the next one.
 */
export class Loans {
  readonly #parts: EngineParts;
  readonly #endpoints: EndpointTable;
  readonly #networks: { get(id: string): Promise<NetworkRecord>; forContainer(name: string): Promise<NetworkRecord> };
  readonly #idle: Loan[] = [];
  #lent = 0;

  constructor(parts: EngineParts, endpoints: EndpointTable, networks: { get(id: string): Promise<NetworkRecord>; forContainer(name: string): Promise<NetworkRecord> }) {
    this.#parts = parts;
    this.#endpoints = endpoints;
    this.#networks = networks;
  }

  async lend(): Promise<LentNamespace> {
    const lent = this.#idle.pop() ?? (await this.#borrow());
    return { ...lent, giveBack: () => void this.#idle.push(lent) };
  }

  async #borrow(): Promise<Loan> {
    const { network: driver } = await this.#parts.runtime();
    const network = await this.#networks.forContainer('bridge');
    await this.takeDownAbandoned();
    const id = `build-${randomBytes(8).toString('hex')}`;
    const endpoint = this.#endpoints.allocate(network, id, { process: selfIdentity() });
    this.#lent++;
    const namespace = await driver.createNamespace(id);
    await driver.connect(network, endpointSpec(endpoint, id, namespace));
    return { namespace, resolvConf: resolvConf({}) };
  }

  /** Ends all loans of this process. */
  async takeDown(): Promise<void> {
    if (this.#lent > 0) await this.#end((process) => process.pid === selfIdentity().pid && process.started === selfIdentity().started);
    this.#lent = 0;
    this.#idle.length = 0;
  }

  /** Ends those of builds that were killed. */
  async takeDownAbandoned(): Promise<void> {
    await this.#end((process) => !isAlive(process));
  }

  async #end(which: (process: ProcessIdentity) => boolean): Promise<void> {
    for (const { container, networkId, endpoint, process } of this.#endpoints.lent()) {
      if (!process || !which(process)) continue;
      const { network: driver } = await this.#parts.runtime();
      await driver.disconnect(await this.#networks.get(networkId), endpointSpec(endpoint, container, ''));
      await driver.removeNamespace(container);
      this.#endpoints.release(container);
    }
  }
}
