import { ApiError } from '../http/api-error.js';
import { ok, type Handler, type Reply } from '../http/call.js';
import type { Method, Route } from '../http/router.js';

/** As a docker host answers that is in no swarm, and has no plugins. */
const inactive: Handler = async () => {
  throw new ApiError(503, 'This node is not a swarm manager. Use "docker swarm init" or "docker swarm join" to connect this node to swarm and try again.');
};

const notInSwarm: Handler = async () => {
  throw new ApiError(503, 'This node is not part of a swarm');
};

const unsupported: Handler = async () => {
  throw new ApiError(501, 'swarm mode is not supported');
};

const noPlugins: Handler = async (): Promise<Reply> => ok([]);

const noSuchPlugin: Handler = async (call) => {
  throw new ApiError(404, `plugin ${JSON.stringify(call.param('name').slice(0, 200))} not found`);
};

const noInstall: Handler = async () => {
  throw new ApiError(501, 'plugins are not supported');
};

const each = (methods: readonly Method[], paths: readonly string[], handler: Handler): Route<Handler>[] => paths.flatMap((path) => methods.map((method) => ({ method, path, handler })));

export const swarmRoutes: readonly Route<Handler>[] = [
  ...each(['POST'], ['/swarm/init', '/swarm/join'], unsupported),
  ...each(['POST'], ['/swarm/leave'], notInSwarm),
  ...each(['GET'], ['/swarm', '/swarm/unlockkey'], inactive),
  ...each(['POST'], ['/swarm/update', '/swarm/unlock'], inactive),
  ...['nodes', 'services', 'tasks', 'secrets', 'configs'].flatMap((kind) => [
    ...each(['GET'], [`/${kind}`, `/${kind}/{name}`, `/${kind}/{name}/logs`], inactive),
    ...each(['POST'], [`/${kind}/create`, `/${kind}/{name}/update`], inactive),
    ...each(['DELETE'], [`/${kind}/{name}`], inactive),
  ]),
  ...each(['GET'], ['/plugins'], noPlugins),
  ...each(['GET'], ['/plugins/privileges'], noInstall),
  ...each(['POST'], ['/plugins/pull', '/plugins/create'], noInstall),
  ...each(['GET'], ['/plugins/{name*}/json'], noSuchPlugin),
  ...each(['POST'], ['/plugins/{name*}/enable', '/plugins/{name*}/disable', '/plugins/{name*}/upgrade', '/plugins/{name*}/push', '/plugins/{name*}/set'], noSuchPlugin),
  ...each(['DELETE'], ['/plugins/{name*}'], noSuchPlugin),
];
