import { formatReference, isCaissonError, parseReference, withDefaultTag, type ContainerSummary } from '@caisson/core';
import { stateName } from '../../encode/container-status.js';
import { encodeContainerSummary } from '../../encode/container-summary.js';
import { badRequest } from '../http/api-error.js';
import { ok, type Call, type Reply } from '../http/call.js';
import { Filters } from '../http/filters.js';
import { matchesPattern } from '../http/pattern.js';
import { container } from './objects.js';

const known = ['ancestor', 'before', 'expose', 'exited', 'health', 'id', 'isolation', 'is-task', 'label', 'name', 'network', 'publish', 'since', 'status', 'volume'];
const states = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];

/** `GET /containers/json` */
export async function listContainers(call: Call): Promise<Reply> {
  const filters = Filters.of(call.query, known);
  const limit = call.query.integer('limit') ?? 0;
  const size = call.query.flag('size');
  for (const status of filters.all('status')) if (!states.includes(status)) throw badRequest(`invalid filter 'status=${status.slice(0, 60)}'`);
  for (const health of filters.all('health')) if (!['none', 'starting', 'healthy', 'unhealthy'].includes(health)) throw badRequest(`unrecognised filter value for health: ${health.slice(0, 60)}`);
  // What asks for those that do not run means them too.
  const all = call.query.flag('all') || limit > 0 || ['status', 'exited', 'before', 'since'].some((name) => filters.has(name));
  const match = await matcher(call, filters);
  const found = (await call.engine.containers.list({ all, ...(size ? { size } : {}) })).filter(match);
  const shown = limit > 0 ? found.slice(0, limit) : found;
  if (!size) return ok(shown.map((one) => encodeContainerSummary(one)));
  return ok(await Promise.all(shown.map(async (one) => encodeContainerSummary(one, one.size ?? (await call.engine.containers.size(one.id))))));
}

async function matcher(call: Call, filters: Filters): Promise<(one: ContainerSummary) => boolean> {
  const before = await referencePoint(call, filters, 'before');
  const since = await referencePoint(call, filters, 'since');
  const ancestors = await ancestorTest(call, filters);
  const networks = new Set(filters.all('network'));
  return (one) =>
    (before === undefined || one.created.getTime() < before) &&
    (since === undefined || one.created.getTime() > since) &&
    filters.some('id', (id) => one.id.startsWith(id) || matchesPattern(id, one.id)) &&
    filters.some('name', (name) => matchesPattern(name, one.name) || matchesPattern(name, `/${one.name}`)) &&
    filters.some('status', (status) => stateName(one) === status) &&
    filters.some('health', (health) => (one.state.health?.status ?? 'none') === health) &&
    filters.some('exited', (code) => one.status === 'exited' && String(one.state.exitCode) === code) &&
    filters.some('is-task', (value) => value === 'false' || value === '0') &&
    filters.labels(one.labels) &&
    filters.some('volume', (volume) => one.mounts.some((mount) => mount.volume === volume || mount.destination === volume || mount.source === volume)) &&
    filters.some('publish', (port) => hasPort(port, one.state.ports.map(({ hostPort, protocol }) => `${hostPort}/${protocol}`))) &&
    filters.some('expose', (port) => hasPort(port, [...one.exposed, ...one.state.ports.map(({ containerPort, protocol }) => `${containerPort}/${protocol}`)])) &&
    (networks.size === 0 || networkNames(one).some((name) => networks.has(name))) &&
    ancestors(one);
}

async function referencePoint(call: Call, filters: Filters, name: 'before' | 'since'): Promise<number | undefined> {
  const [of] = filters.all(name);
  return of === undefined ? undefined : (await container(call, of)).created.getTime();
}

/** An image is an ancestor by any of its names and by its ID. */
async function ancestorTest(call: Call, filters: Filters): Promise<(one: ContainerSummary) => boolean> {
  const wanted = filters.all('ancestor');
  if (wanted.length === 0) return () => true;
  const ids = new Set<string>();
  for (const name of wanted)
    try {
      ids.add((await call.engine.images.get(name)).id);
    } catch (error) {
      if (!isCaissonError(error, 'not-found', 'invalid-argument')) throw error;
    }
  return ({ image }) => ids.has(image.id) || wanted.some((name) => sameName(name, image.name));
}

function sameName(a: string, b: string): boolean {
  try {
    return formatReference(withDefaultTag(parseReference(a))) === formatReference(withDefaultTag(parseReference(b)));
  } catch {
    return a === b;
  }
}

function networkNames({ options, state }: ContainerSummary): string[] {
  const joined = state.networks.flatMap(({ network, networkId }) => [network, networkId]);
  return joined.length > 0 ? joined : [options.network ?? 'bridge'];
}

/** `80`, `80/tcp`, `8000-8010/udp`. */
function hasPort(wanted: string, ports: readonly string[]): boolean {
  const [, first = '', last = first, protocol = 'tcp'] = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(\w+))?$/.exec(wanted) ?? [];
  if (first === '') throw badRequest(`invalid filter: ${JSON.stringify(wanted.slice(0, 60))} is no port`);
  return ports.some((port) => {
    const [number = '', kind = 'tcp'] = port.split('/');
    return Number(number) >= Number(first) && Number(number) <= Number(last) && kind === protocol;
  });
}
