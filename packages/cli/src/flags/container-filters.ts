import { CaissonError, familiarReference, familiarRepository, formatReference, parseReference, withDefaultTag, type ContainerSummary, type PublishedPort } from '@caisson/core';
import { stateName } from '@caisson/docker-api/encode';
import { filterBy, hasLabel, isLike } from './filters.js';

const states = ['created', 'restarting', 'running', 'removing', 'paused', 'exited', 'dead'];

/** docker's filters of `ps`. `all`: what `before` and `since` find their container in. @throws CaissonError `invalid-argument`, `not-found` */
export function containerFilter(filters: readonly string[], all: readonly ContainerSummary[]): (container: ContainerSummary) => boolean {
  const madeAt = (nameOrId: string): number => {
    const found = all.find(({ id, name }) => name === nameOrId.replace(/^\//, '') || id.startsWith(nameOrId));
    if (!found) throw new CaissonError('not-found', `No such container: ${nameOrId.slice(0, 200)}`);
    return found.created.getTime();
  };
  for (const filter of filters) {
    const [name, value = ''] = filter.split(/=(.*)/s);
    if (name === 'status' && !states.includes(value)) throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(value)} is not a status`, { hint: `use one of ${states.join(', ')}` });
    if (name === 'health' && !['starting', 'healthy', 'unhealthy', 'none'].includes(value)) throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(value)} is not a state of health`, { hint: 'use one of starting, healthy, unhealthy, none' });
    if (name === 'exited' && !/^\d+$/.test(value)) throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(value)} is not an exit code`);
  }
  return filterBy<ContainerSummary>(filters, {
    name: ({ name }, value) => isLike(name, value.replace(/^\//, '')),
    id: ({ id }, value) => id.startsWith(value),
    status: (container, value) => stateName(container) === value,
    ancestor: ({ image }, value) => isImage(image, value),
    label: ({ labels }, value) => hasLabel(labels, value),
    exited: ({ status, state }, value) => status === 'exited' && String(state.exitCode) === value,
    before: ({ created }, value) => created.getTime() < madeAt(value),
    since: ({ created }, value) => created.getTime() > madeAt(value),
    volume: ({ mounts }, value) => mounts.some(({ volume, source, destination }) => [volume, source, destination].includes(value)),
    network: ({ status, state, options }, value) => state.networks.some(({ network, networkId }) => network === value || networkId.startsWith(value)) || (status === 'running' || status === 'paused' ? options.network : (options.network ?? 'bridge')) === value,
    publish: ({ state }, value) => state.ports.some((port) => inRange(port, port.hostPort, value)),
    expose: ({ state, exposed }, value) => state.ports.some((port) => inRange(port, port.containerPort, value)) || exposed.some((text) => exposedIn(text, value)),
    health: ({ state }, value) => (state.health?.status ?? 'none') === value,
    isolation: (_container, value) => value === 'default',
    'is-task': (_container, value) => value === 'false',
  });
}

function isImage({ name, id }: ContainerSummary['image'], wanted: string): boolean {
  if (id === wanted || id.replace('sha256:', '').startsWith(wanted)) return true;
  try {
    const [own, other] = [parseReference(name), parseReference(wanted)];
    return formatReference(withDefaultTag(own)) === formatReference(withDefaultTag(other)) || (other.tag === undefined && familiarRepository(own) === familiarReference(other));
  } catch {
    return name === wanted;
  }
}

/** `80`, `80/udp`, `8000-8010/tcp`. */
function inRange({ protocol }: Pick<PublishedPort, 'protocol'>, port: number, wanted: string): boolean {
  const [, from = '', to = from, kind = 'tcp'] = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/.exec(wanted) ?? [];
  if (from === '') throw new CaissonError('invalid-argument', `--filter: ${JSON.stringify(wanted)} is not a port`, { hint: 'write PORT or FROM-TO, with /udp behind it where it is not tcp' });
  return kind === protocol && port >= Number(from) && port <= Number(to);
}

function exposedIn(text: string, wanted: string): boolean {
  const [port = '', protocol = 'tcp'] = text.split('/');
  return inRange({ protocol: protocol as PublishedPort['protocol'] }, Number(port), wanted);
}
