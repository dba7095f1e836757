import { DockerfileError } from '../source.js';

/** Ports of one EXPOSE word; `first` equals `last` for a single one. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

/**
 * `8080`, `8080/udp`, `7000-7005/tcp`. Host parts (`80:80`, an address), which BuildKit takes and drops with a warning, are dropped too.
 * @throws DockerfileError `arguments`
 */
export function parsePort(text: string): PortRange {
  const bad = (why: string) =>
    new DockerfileError('arguments', `invalid containerPort: ${text.slice(0, 60)}: ${why}`, { hint: 'write it like 8080, 8080/udp or 7000-7005' });
  const slash = text.indexOf('/');
  const protocol = slash < 0 ? 'tcp' : text.slice(slash + 1).toLowerCase();
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') throw bad(`invalid proto: ${protocol.slice(0, 20)}`);
  const ports = (slash < 0 ? text : text.slice(0, slash)).split(':').pop() ?? '';
  const match = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(ports);
  if (!match) throw bad('it is no port');
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  if (first > 65535 || last > 65535) throw bad('ports end at 65535');
  if (last < first) throw bad('the range is upside down');
  return { first, last, protocol };
}
