import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type OutgoingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the proxy does to one exchange, in place of passing it on untouched. */
export type Fault =
  | { readonly kind: 'reset' } // the connection ends before an answer
  | { readonly kind: 'lose' } // the request is carried out, its answer is lost
  | { readonly kind: 'cut'; readonly after: number } // the answer's body breaks after so many bytes
  | { readonly kind: 'cut-request'; readonly after: number } // the request's body breaks after so many bytes
  | { readonly kind: 'stall' } // no answer at all
  | { readonly kind: 'stall-body'; readonly after: number }
  | { readonly kind: 'end'; readonly after: number } // the body ends, properly framed, after so many bytes
  | { readonly kind: 'headers'; readonly set: OutgoingHttpHeaders } // the answer's headers lie
  | { readonly kind: 'body'; readonly change: (body: Buffer) => Buffer }
  | { readonly kind: 'answer'; readonly status: number; readonly headers?: OutgoingHttpHeaders; readonly body?: string };

export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
}

/** A proxy in front of a registry that fails as told: `fault` is asked for each request. */
export class FaultProxy implements AsyncDisposable {
  fault: (request: SeenRequest, count: number) => Fault | undefined = () => undefined;
  readonly seen: SeenRequest[] = [];
  readonly #target: string;
  readonly #server: Server;

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => {
      const seen = { method: request.method ?? 'GET', url: request.url ?? '/', headers: request.headers };
      this.seen.push(seen);
      const fault = this.fault(seen, this.seen.length);
      this.#pass(request, response, fault).catch(() => response.destroy());
    });
  }

  static async before(target: string, port = 0): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(port, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Forgets what was seen, and fails no more. */
  calm(): void {
    this.seen.length = 0;
    this.fault = () => undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #pass(request: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    if (fault?.kind === 'reset') return void request.socket.resetAndDestroy();
    if (fault?.kind === 'stall') return;
    if (fault?.kind === 'answer') {
      request.resume();
      response.writeHead(fault.status, fault.headers).end(fault.body);
      return;
    }
    const [host, port] = this.#target.split(':');
    const onward = httpRequest({ host, port, method: request.method, path: request.url, headers: request.headers, agent: false });
    const answered = once(onward, 'response') as Promise<[IncomingMessage]>;
    answered.catch(() => response.destroy());
    let sent = 0;
    for await (const chunk of request as AsyncIterable<Buffer>) {
      const most = fault?.kind === 'cut-request' ? fault.after - sent : Infinity;
      sent += chunk.byteLength;
      if (!onward.write(chunk.subarray(0, most)) && !onward.destroyed) await once(onward, 'drain');
      if (chunk.byteLength >= most) {
        // Give the registry time to take what came.
        await new Promise((resolve) => setTimeout(resolve, 50));
        onward.destroy();
        request.socket.resetAndDestroy();
        return;
      }
    }
    onward.end();
    const [answer] = await answered;
    if (fault?.kind === 'lose') return void (answer.resume(), request.socket.resetAndDestroy());
    await this.#giveBack(answer, response, fault);
  }

  async #giveBack(answer: IncomingMessage, response: ServerResponse, fault: Fault | undefined): Promise<void> {
    const headers: OutgoingHttpHeaders = { ...answer.headers, ...(fault?.kind === 'headers' ? fault.set : {}) };
    if (fault?.kind === 'end' || fault?.kind === 'body') delete headers['content-length'];
    response.writeHead(answer.statusCode ?? 502, headers);
    if (fault?.kind === 'body') {
      const chunks: Buffer[] = [];
      for await (const chunk of answer as AsyncIterable<Buffer>) chunks.push(chunk);
      response.end(fault.change(Buffer.concat(chunks)));
      return;
    }
    const most = fault && 'after' in fault ? fault.after : Infinity;
    let given = 0;
    for await (const chunk of answer as AsyncIterable<Buffer>) {
      response.write(chunk.subarray(0, most - given));
      given += chunk.byteLength;
      if (given < most) continue;
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (fault?.kind === 'end') response.end();
      else if (fault?.kind === 'cut') response.socket?.resetAndDestroy();
      return;
    }
    response.end();
  }
}
