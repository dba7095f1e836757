import { createSign, randomUUID, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenServerOptions {
  /** PEM: what tokens are signed with, and the certificate that registries check them by. */
  readonly key: string;
  readonly cert: string;
  readonly users?: Readonly<Record<string, string>>;
  /** What may be had without credentials. */
  readonly anonymousActions?: readonly string[];
  /** Life of a token in seconds, as it is told. */
  readonly expiresIn?: number;
  /** Life of a token in seconds, as it is; at least 1. Default: as it is told. */
  readonly endsAfter?: number;
  /** Whether only OAuth2's POST is understood. */
  readonly postOnly?: boolean;
}

export interface TokenRequestSeen {
  readonly method: string;
  readonly scopes: readonly string[];
  readonly authorization: string | undefined;
  readonly grant: string | undefined;
}

interface Access {
  readonly type: string;
  readonly name: string;
  readonly actions: readonly string[];
}

/** A token server as distribution's token authentication describes it: GET with basic credentials, POST with OAuth2's grants. */
export class TokenServer implements AsyncDisposable {
  static readonly service = 'test registry';
  static readonly issuer = 'test issuer';
  readonly seen: TokenRequestSeen[] = [];
  readonly refreshTokens = new Map<string, string>();
  options: TokenServerOptions;
  readonly #server: Server;

  private constructor(options: TokenServerOptions) {
    this.options = options;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(options: TokenServerOptions): Promise<TokenServer> {
    const server = new TokenServer(options);
    server.#server.listen(0, '127.0.0.1');
    await once(server.#server, 'listening');
    return server;
  }

  get realm(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/token`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://tokens');
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = request.method === 'POST' ? new URLSearchParams(Buffer.concat(chunks).toString()) : url.searchParams;
    const scopes = request.method === 'POST' ? (form.get('scope') ?? '').split(' ').filter(Boolean) : form.getAll('scope');
    const { authorization } = request.headers;
    this.seen.push({ method: request.method ?? '', scopes, authorization, grant: form.get('grant_type') ?? undefined });
    if (request.method === 'GET' && this.options.postOnly) return json(response, 405, {});
    const user = this.#user(request.method ?? '', form, authorization);
    if (user === undefined) return json(response, 401, { details: 'wrong name or password' });
    const allowed = user === '' ? (this.options.anonymousActions ?? []) : ['pull', 'push', 'delete', '*'];
    const access = scopes.map((scope) => this.#access(scope, allowed));
    const refresh = form.get('offline_token') === 'true' && user !== '' ? randomUUID() : undefined;
    if (refresh !== undefined) this.refreshTokens.set(refresh, user);
    json(response, 200, {
      [request.method === 'POST' ? 'access_token' : 'token']: this.#sign(user, access),
      expires_in: this.options.expiresIn ?? 300,
      ...(refresh === undefined ? {} : { refresh_token: refresh }),
    });
  }

  /** The user's name, '' for none, undefined for wrong credentials. */
  #user(method: string, form: URLSearchParams, authorization: string | undefined): string | undefined {
    const check = (name: string, password: string) => (this.options.users?.[name] === password ? name : undefined);
    if (form.get('grant_type') === 'refresh_token') return this.refreshTokens.get(form.get('refresh_token') ?? '');
    if (method === 'POST') return check(form.get('username') ?? '', form.get('password') ?? '');
    if (authorization === undefined) return '';
    const text = Buffer.from(authorization.replace('Basic ', ''), 'base64').toString();
    const colon = text.indexOf(':');
    return check(text.slice(0, colon), text.slice(colon + 1));
  }

  #access(scope: string, allowed: readonly string[]): Access {
    const [type = '', ...rest] = scope.split(':');
    const actions = (rest.pop() ?? '').split(',').filter((action) => allowed.includes(action));
    return { type, name: rest.join(':'), actions };
  }

  #sign(user: string, access: readonly Access[]): string {
    const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const x5c = [new X509Certificate(this.options.cert).raw.toString('base64')];
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: TokenServer.issuer,
      aud: TokenServer.service,
      sub: user,
      nbf: now - 5,
      iat: now,
      // docker-registry is lenient by a minute.
      exp: now + (this.options.endsAfter ?? this.options.expiresIn ?? 300) - 60,
      jti: randomUUID(),
      access,
    };
    const text = `${encode({ typ: 'JWT', alg: 'RS256', x5c })}.${encode(claims)}`;
    return `${text}.${createSign('RSA-SHA256').update(text).sign(this.options.key, 'base64url')}`;
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
