import { chooseHost, ContextStore, dockerConfigFolder, formatEndpoint, readDockerConfig, type DockerContext } from '@caisson/docker-api/client';
import type { Cli } from '../cli.js';

export function contextStore(cli: Cli): ContextStore {
  return new ContextStore(dockerConfigFolder(cli.globals.config));
}

/** Name of the context in use: as asked for, as the environment says, or as `use` has set it. That there is such a one is not looked at. */
export function currentContext(cli: Cli): string {
  const { host, context, config } = cli.globals;
  if (host !== undefined) return 'default';
  if (context !== undefined) return context;
  if (process.env.DOCKER_HOST) return 'default';
  if (process.env.DOCKER_CONTEXT) return process.env.DOCKER_CONTEXT;
  const set = readDockerConfig(dockerConfigFolder(config)).currentContext;
  return typeof set === 'string' && set !== '' ? set : 'default';
}

/** The context without a name of its own: what flags and environment say, or this host's own engine. */
export function defaultContext(cli: Cli): Pick<DockerContext, 'name' | 'description' | 'host'> {
  const { context: _, ...choice } = cli.globals;
  const { host } = choice;
  const endpoint = host !== undefined || process.env.DOCKER_HOST ? chooseHost(choice).endpoint : undefined;
  return { name: 'default', description: endpoint ? 'What DOCKER_HOST or --host says' : "This host's own engine, without a daemon", host: endpoint ? formatEndpoint(endpoint) : '' };
}
