import { CaissonError } from '@caisson/core';
import { hcsError } from '../hcs/hcs-error.js';
import { hresult } from '../hcs/hresult.js';
import type { VmCompute } from '../hcs/vmcompute.js';
import type { EndpointDocument, NetworkDocument } from './documents.js';

/** What HNS answers (hcsshim: internal/hns/hnsfuncs.go). */
interface HnsAnswer {
  readonly Success?: boolean;
  readonly Error?: string;
  readonly Output?: unknown;
}

export type Stored<T> = T & { readonly ID: string };

/** The host network service: networks and endpoints, by a call that looks like HTTP. */
export class Hns {
  readonly #vmcompute: VmCompute;

  constructor(vmcompute: VmCompute) {
    this.#vmcompute = vmcompute;
  }

  async networks(): Promise<readonly Stored<NetworkDocument>[]> {
    return (await this.#call('listing networks', 'GET', '/networks/')) as Stored<NetworkDocument>[];
  }

  async createNetwork(document: NetworkDocument): Promise<Stored<NetworkDocument>> {
    return (await this.#call(`making the network ${document.Name}`, 'POST', '/networks/', document)) as Stored<NetworkDocument>;
  }

  /** Quietly nothing where it is not there. */
  async deleteNetwork(id: string): Promise<void> {
    await this.#gone(this.#call(`removing the network ${id}`, 'DELETE', `/networks/${id}`));
  }

  async endpoints(): Promise<readonly Stored<EndpointDocument>[]> {
    return (await this.#call('listing endpoints', 'GET', '/endpoints/')) as Stored<EndpointDocument>[];
  }

  async createEndpoint(document: EndpointDocument): Promise<Stored<EndpointDocument>> {
    return (await this.#call(`making the endpoint ${document.Name}`, 'POST', '/endpoints/', document)) as Stored<EndpointDocument>;
  }

  async updateEndpoint(id: string, document: EndpointDocument): Promise<void> {
    await this.#call(`changing the endpoint ${document.Name}`, 'POST', `/endpoints/${id}`, { ...document, ID: id });
  }

  /** Quietly nothing where it is not there. */
  async deleteEndpoint(id: string): Promise<void> {
    await this.#gone(this.#call(`removing the endpoint ${id}`, 'DELETE', `/endpoints/${id}`));
  }

  async #gone(call: Promise<unknown>): Promise<void> {
    await call.catch((error: unknown) => {
      if (!(error instanceof CaissonError) || error.code !== 'not-found') throw error;
    });
  }

  async #call(doing: string, method: string, path: string, body?: unknown): Promise<unknown> {
    const response: [unknown] = [null];
    const code = await this.#vmcompute.raw('HNSCall', method, path, body === undefined ? '' : JSON.stringify(body), response);
    const text = this.#vmcompute.take(response);
    if (code !== hresult.ok) throw hcsError(code, undefined, doing);
    const answer = parse(text);
    if (answer.Success === true) return answer.Output;
    const why = (answer.Error ?? 'no reason was given').replaceAll(/\s+/g, ' ').trim().replace(/\.$/, '');
    throw new CaissonError(/not found|does not exist/i.test(why) ? 'not-found' : /port|in use|already exists|overlap/i.test(why) ? 'in-use' : 'runtime-failed', `${doing} failed: ${why}`);
  }
}

function parse(text: string | undefined): HnsAnswer {
  try {
    const value: unknown = JSON.parse(text ?? '');
    if (typeof value === 'object' && value !== null) return value as HnsAnswer;
  } catch {
    // told below
  }
  throw new CaissonError('runtime-failed', 'the host network service gave an answer that is not JSON');
}
