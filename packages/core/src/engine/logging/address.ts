import { CaissonError } from '../../errors.js';

/** `udp://host:port`, `tcp://…`, `tcp+tls://…` or `unix:///path`. */
export type LogAddress = HostAddress<'udp'> | HostAddress<'tcp' | 'tcp+tls'> | { readonly scheme: 'unix'; readonly path: string };

export interface HostAddress<S> {
  readonly scheme: S;
  readonly host: string;
  readonly port: number;
}

/** @throws CaissonError `invalid-argument` that names the option */
export function parseAddress(option: string, text: string, { schemes, port }: { schemes: readonly LogAddress['scheme'][]; port: number }): LogAddress {
  const [, scheme = '', rest = ''] = /^([a-z+]+):\/\/(.*)$/.exec(text) ?? [];
  const known = schemes.find((one) => one === scheme);
  const bad = () => new CaissonError('invalid-argument', `the log option ${option} is an address such as ${schemes[0]}://host:${port}, not ${JSON.stringify(text.slice(0, 100))}`);
  if (!known || rest === '') throw bad();
  if (known === 'unix') return { scheme: known, path: rest };
  const [, host6, host = host6, number] = /^(?:\[([^\]]+)\]|([^:/]+))(?::(\d{1,5}))?$/.exec(rest) ?? [];
  if (host === undefined || Number(number ?? port) > 65535) throw bad();
  return { scheme: known, host, port: Number(number ?? port) } as LogAddress;
}
