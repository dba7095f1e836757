import { CaissonError } from '@caisson/core';

/** Where an engine listens. */
export type Endpoint =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'npipe'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly tls?: TlsMaterial; /** Before all paths of the API. */ readonly basePath: string }
  /** `path`: of the socket there; absent: the other side's default. */
  | { readonly kind: 'ssh'; readonly host: string; readonly port?: number; readonly user?: string; readonly path?: string };

/** PEM texts. */
export interface TlsMaterial {
  readonly ca?: string | Uint8Array;
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  /** Takes any certificate: for `--tls` without `--tlsverify`. */
  readonly skipVerify?: boolean;
  readonly serverName?: string;
}

const examples = 'write unix:///path, tcp://host:port, ssh://user@host or npipe:////./pipe/name';

/**
 * Parses docker's host notation. A tcp endpoint with TLS material speaks TLS, on port 2376 unless it says otherwise; else plain, on 2375.
 * @throws CaissonError `invalid-argument`
 */
export function parseEndpoint(text: string, tls?: TlsMaterial): Endpoint {
  const bad = (why: string): never => {
    throw new CaissonError('invalid-argument', `host ${JSON.stringify(text.slice(0, 200))}: ${why}`, { hint: examples });
  };
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.*)$/s.exec(text) ?? [];
  if (/[\0\r\n]/.test(rest)) bad('it has control characters');
  switch (scheme) {
    case 'unix':
      return { kind: 'unix', path: rest || '/var/run/docker.sock' };
    case 'npipe':
      return { kind: 'npipe', path: (rest || '//./pipe/docker_engine').replaceAll('/', '\\') };
    case 'tcp':
    case 'http':
    case 'https': {
      const secure = tls ?? (scheme === 'https' ? {} : undefined);
      const url = URL.parse(`http://${rest}`);
      if (!url?.hostname) return bad('it names no host');
      const port = url.port === '' ? (rest.match(/^[^/]*:80(?:\/|$)/) ? 80 : secure ? 2376 : 2375) : Number(url.port);
      return { kind: 'tcp', host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, basePath: url.pathname.replace(/\/$/, ''), ...(secure ? { tls: secure } : {}) };
    }
    case 'ssh': {
      const url = URL.parse(text);
      if (!url?.hostname) return bad('it names no host');
      if (url.password !== '') bad('passwords do not belong into it');
      if (url.search !== '' || url.hash !== '') bad('it has more than user, host, port and path');
      const [user, host] = [decodeURIComponent(url.username), url.hostname.replace(/^\[(.*)\]$/, '$1')];
      // They become arguments of ssh.
      if (user.startsWith('-') || host.startsWith('-')) bad('user and host must not begin with a dash');
      return { kind: 'ssh', host, ...(url.port === '' ? {} : { port: Number(url.port) }), ...(user === '' ? {} : { user }), ...(url.pathname === '' || url.pathname === '/' ? {} : { path: url.pathname }) };
    }
    case '':
      // `-H :2375` and `-H host`.
      return /^[\w.-]*(?::\d+)?$/.test(text) && text !== '' ? parseEndpoint(`tcp://${text.startsWith(':') ? `127.0.0.1${text}` : text}`, tls) : bad('it has no scheme');
    default:
      return bad(`the scheme ${scheme} is not known`);
  }
}

/** As docker writes it. */
export function formatEndpoint(endpoint: Endpoint): string {
  switch (endpoint.kind) {
    case 'unix':
      return `unix://${endpoint.path}`;
    case 'npipe':
      return `npipe://${endpoint.path.replaceAll('\\', '/')}`;
    case 'tcp':
      return `tcp://${endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host}:${endpoint.port}${endpoint.basePath}`;
    case 'ssh':
      return `ssh://${endpoint.user === undefined ? '' : `${endpoint.user}@`}${endpoint.host}${endpoint.port === undefined ? '' : `:${endpoint.port}`}${endpoint.path ?? ''}`;
  }
}
