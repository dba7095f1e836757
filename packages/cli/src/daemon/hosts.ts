import { CaissonError } from '@caisson/core';

/** Where a daemon listens. */
export type ListenAddress =
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** Sockets that systemd has opened: all, or those of one name. */
  | { readonly kind: 'activated'; readonly name: string | undefined }
  | { readonly kind: 'npipe'; readonly path: string };

/** `unix:///path`, `tcp://host:port`, `fd://[name]`, `npipe:////./pipe/name`. @throws CaissonError `invalid-argument` */
export function parseHost(text: string, { tls }: { readonly tls: boolean }): ListenAddress {
  const invalid = (hint: string) => new CaissonError('invalid-argument', `${JSON.stringify(text.slice(0, 200))} is no address to listen on`, { hint });
  const [, scheme = '', rest = ''] = /^(?:(\w+):\/\/)?(.*)$/s.exec(text) ?? [];
  switch (scheme) {
    case 'unix':
      if (!rest.startsWith('/')) throw invalid('write unix:///absolute/path');
      // What sun_path has room for.
      if (Buffer.byteLength(rest) > 107) throw invalid('the path of a socket can have 107 bytes');
      return { kind: 'unix', path: rest };
    case 'fd':
      return { kind: 'activated', name: rest === '' || rest === '*' ? undefined : rest };
    case 'npipe':
      return { kind: 'npipe', path: rest.replaceAll('/', '\\') };
    case '':
    case 'tcp': {
      const [, address6, address4 = '', port] = /^(?:\[([0-9a-fA-F:.]+)\]|([^:/]*))(?::(\d{1,5}))?\/?$/.exec(rest) ?? [];
      if (port !== undefined && Number(port) > 65535) throw invalid('ports go up to 65535');
      if (address6 === undefined && rest !== '' && !/^[^:/]*(?::\d{1,5})?\/?$/.test(rest)) throw invalid('write tcp://HOST:PORT');
      return { kind: 'tcp', host: address6 ?? (address4 || '127.0.0.1'), port: port === undefined ? (tls ? 2376 : 2375) : Number(port) };
    }
    default:
      throw invalid('known are unix://, tcp://, fd:// and npipe://');
  }
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
}

export function describeAddress(address: ListenAddress): string {
  switch (address.kind) {
    case 'unix':
      return `unix://${address.path}`;
    case 'tcp':
      return `tcp://${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
    case 'npipe':
      return `npipe://${address.path.replaceAll('\\', '/')}`;
    case 'activated':
      return `fd://${address.name ?? ''}`;
  }
}
