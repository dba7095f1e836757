import { isCaissonError, type NetworkOptions } from '@caisson/core';
import { encodeNetwork } from '../../encode/network.js';
import { predefinedNetworks } from '../../encode/predefined-networks.js';
import { ApiError, badRequest, conflict } from '../http/api-error.js';
import { flag, list as listOf, object, text, textMap } from '../http/check.js';
import { created, noContent, ok, type Call, type Handler, type Reply } from '../http/call.js';
import { Filters } from '../http/filters.js';
import { matchesPattern } from '../http/pattern.js';
import type { Route } from '../http/router.js';
import { shared } from '../http/turn.js';
import { endpointSettings } from '../requests/container-create.js';
import { readAttachment } from '../requests/container-options.js';
import { container, network } from './objects.js';

const createShape = object({
  Name: text,
  CheckDuplicate: flag,
  Driver: text,
  Scope: text,
  EnableIPv4: flag,
  EnableIPv6: flag,
  IPAM: object({ Driver: text, Options: textMap, Config: listOf(object({ Subnet: text, IPRange: text, Gateway: text, AuxiliaryAddresses: textMap, AuxAddress: textMap })) }),
  Internal: flag,
  Attachable: flag,
  Ingress: flag,
  ConfigOnly: flag,
  Options: textMap,
  Labels: textMap,
});
const connectShape = object({ Container: text, EndpointConfig: endpointSettings });
const disconnectShape = object({ Container: text, Force: flag });

const predefined = new Set(['bridge', 'host', 'none', 'default']);

async function list(call: Call): Promise<Reply> {
  const filters = Filters.of(call.query, ['dangling', 'driver', 'id', 'label', 'name', 'scope', 'type']);
  const dangling = filters.flag('dangling');
  const containers = dangling === undefined ? [] : await call.engine.containers.list({ all: true });
  const known = await call.engine.networks.list();
  const networks = [...known, ...predefinedNetworks(call.daemon.started).filter(({ name }) => !known.some((one) => one.name === name))].filter(
    (one) =>
      filters.some('name', (pattern) => matchesPattern(pattern, one.name)) &&
      filters.some('id', (id) => one.id.startsWith(id)) &&
      filters.some('driver', (driver) => one.driver === driver) &&
      filters.some('scope', (scope) => scope === 'local') &&
      filters.some('type', (type) => (predefined.has(one.name) ? 'builtin' : 'custom') === type) &&
      filters.labels(one.labels) &&
      (dangling === undefined || (!predefined.has(one.name) && !containers.some(({ state }) => state.networks.some(({ networkId }) => networkId === one.id))) === dangling),
  );
  return ok(networks.map((one) => ({ ...encodeNetwork(one), Containers: {} })));
}

async function inspect(call: Call): Promise<Reply> {
  const scope = call.query.text('scope');
  if (scope !== undefined && scope !== 'local') throw new ApiError(404, `network ${call.param('name')} not found`);
  return ok(encodeNetwork(await network(call), await call.engine.containers.list()));
}

async function create(call: Call): Promise<Reply> {
  const request = await call.json(createShape);
  const { Name: name = '', Driver: driver = 'bridge', IPAM: ipam, Options: options, Labels: labels } = request;
  if (name === '') throw badRequest('network name is required');
  if (predefined.has(name)) throw new ApiError(403, `operation is not permitted on predefined ${name} network`);
  if (request.Ingress || request.Scope === 'swarm' || driver === 'overlay') throw badRequest('This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.');
  if (driver === 'host' || driver === 'null' || driver === 'none') throw new ApiError(403, `only one instance of "${driver}" network is allowed`);
  if (driver !== '' && driver !== 'bridge' && driver !== 'macvlan' && driver !== 'ipvlan') throw new ApiError(404, `could not resolve driver ${driver.slice(0, 60)} in network registry: could not find plugin ${driver.slice(0, 60)} in v1 plugin registry: plugin not found`);
  if (ipam?.Driver && ipam.Driver !== 'default') throw badRequest(`invalid ipam driver: ${ipam.Driver.slice(0, 60)}`);
  const four = ipam?.Config?.find(({ Subnet: subnet }) => !subnet?.includes(':'));
  const six = ipam?.Config?.find(({ Subnet: subnet }) => subnet?.includes(':'));
  if ((ipam?.Config?.length ?? 0) > (four ? 1 : 0) + (six ? 1 : 0)) throw badRequest('several subnets of one kind are not supported: give one of IPv4 and one of IPv6');
  const aux = { ...four?.AuxiliaryAddresses, ...four?.AuxAddress, ...six?.AuxiliaryAddresses, ...six?.AuxAddress };
  const wanted: NetworkOptions = {
    name,
    ...(driver === 'macvlan' || driver === 'ipvlan' ? { driver } : {}),
    ...(four?.Subnet ? { subnet: four.Subnet } : {}),
    ...(four?.Gateway ? { gateway: four.Gateway } : {}),
    ...(four?.IPRange ? { ipRange: four.IPRange } : {}),
    ...(request.EnableIPv6 ? { ipv6: true } : {}),
    ...(six?.Subnet ? { subnet6: six.Subnet } : {}),
    ...(six?.Gateway ? { gateway6: six.Gateway } : {}),
    ...(six?.IPRange ? { ipRange6: six.IPRange } : {}),
    ...(Object.keys(aux).length > 0 ? { auxAddresses: aux } : {}),
    ...(request.Internal ? { internal: true } : {}),
    ...(request.Attachable ? { attachable: true } : {}),
    ...(labels ? { labels } : {}),
    ...(options && Object.keys(options).length > 0 ? { options } : {}),
  };
  try {
    const { id } = await call.engine.networks.create(wanted);
    return created({ Id: id, Warning: '' });
  } catch (error) {
    if (isCaissonError(error, 'already-exists', 'in-use') && (await call.engine.networks.list()).some((other) => other.name === name)) throw conflict(`network with name ${name} already exists`);
    throw error;
  }
}

async function remove(call: Call): Promise<Reply> {
  const { id, name } = await network(call);
  if (predefined.has(name)) throw new ApiError(403, `${name} is a pre-defined network and cannot be removed`);
  try {
    await call.engine.networks.remove(id);
  } catch (error) {
    if (isCaissonError(error, 'in-use')) throw new ApiError(403, `error while removing network: network ${name} has active endpoints: ${error.message}`, { cause: error });
    throw error;
  }
  return noContent;
}

async function connect(call: Call): Promise<Reply> {
  const { Container: name = '', EndpointConfig: settings = {} } = await call.json(connectShape);
  const { id } = await network(call);
  const { network: _, ...options } = readAttachment(id, settings);
  const { id: target } = await container(call, name);
  try {
    await call.engine.networks.connect(id, target, options);
  } catch (error) {
    if (isCaissonError(error, 'already-exists')) throw new ApiError(403, `endpoint with name ${name} already exists in network ${call.param('name')}`, { cause: error });
    throw error;
  }
  return { status: 200 };
}

async function disconnect(call: Call): Promise<Reply> {
  const { Container: name = '', Force: force = false } = await call.json(disconnectShape);
  const { id, name: networkName } = await network(call);
  // With force, a container that has gone may be named still.
  const target = force ? name : (await container(call, name)).id;
  try {
    await call.engine.networks.disconnect(id, target, { force });
  } catch (error) {
    if (isCaissonError(error, 'not-found', 'in-use')) throw new ApiError(403, `container ${name} is not connected to network ${networkName}`, { cause: error });
    throw error;
  }
  return { status: 200 };
}

async function prune(call: Call): Promise<Reply> {
  const filters = Filters.of(call.query, ['until', 'label', 'label!']);
  const networks = await call.engine.networks.prune(filters.prune());
  return ok({ NetworksDeleted: networks.length > 0 ? networks : null });
}

export const networkRoutes: readonly Route<Handler>[] = [
  { method: 'GET', path: '/networks', handler: shared(list) },
  { method: 'POST', path: '/networks/create', handler: create },
  { method: 'POST', path: '/networks/prune', handler: prune },
  { method: 'GET', path: '/networks/{name}', handler: shared(inspect) },
  { method: 'DELETE', path: '/networks/{name}', handler: remove },
  { method: 'POST', path: '/networks/{name}/connect', handler: connect },
  { method: 'POST', path: '/networks/{name}/disconnect', handler: disconnect },
];
