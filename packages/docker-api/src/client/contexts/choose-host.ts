import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromSystemError, systemCode } from '@caisson/core';
import { parseEndpoint, type Endpoint, type TlsMaterial } from '../connect/endpoint.js';
import { ContextStore } from './context-store.js';
import { dockerConfigFolder, readDockerConfig } from './docker-config.js';

/** What the caller asks for, as docker's global flags have it. Absent fields leave it to the environment. */
export interface HostChoice {
  readonly host?: string;
  readonly context?: string;
  /** docker's folder of settings. */
  readonly config?: string;
  readonly tls?: boolean;
  readonly tlsverify?: boolean;
  readonly tlscacert?: string;
  readonly tlscert?: string;
  readonly tlskey?: string;
}

export interface ChosenHost {
  /** Of the context; `default` where a host was given or nothing was. */
  readonly context: string;
  /** Absent: no host was named, and the caller uses what it has of its own. */
  readonly endpoint?: Endpoint;
  /** What decided: `-H`, `DOCKER_HOST`, … */
  readonly by: string;
}

/**
 * Which host is meant, in docker's order: `--host`, `--context`, DOCKER_HOST, DOCKER_CONTEXT, `currentContext` of config.json.
 * @throws CaissonError `not-found` for a context or certificate that is not there; `invalid-argument`
 */
export function chooseHost(choice: HostChoice = {}, env: NodeJS.ProcessEnv = process.env): ChosenHost {
  const folder = dockerConfigFolder(choice.config);
  if (choice.host !== undefined) return { context: 'default', endpoint: endpointOf(choice.host, choice, folder, env), by: '--host' };
  if (choice.context !== undefined) return fromContext(choice.context, folder, '--context');
  if (env.DOCKER_HOST) return { context: 'default', endpoint: endpointOf(env.DOCKER_HOST, choice, folder, env), by: 'DOCKER_HOST' };
  if (env.DOCKER_CONTEXT) return fromContext(env.DOCKER_CONTEXT, folder, 'DOCKER_CONTEXT');
  const current = readDockerConfig(folder).currentContext;
  return typeof current === 'string' && current !== '' ? fromContext(current, folder, `currentContext in ${join(folder, 'config.json')}`) : { context: 'default', by: 'default' };
}

function fromContext(name: string, folder: string, by: string): ChosenHost {
  if (name === 'default') return { context: name, by };
  const store = new ContextStore(folder);
  const context = store.get(name);
  return { context: name, endpoint: parseEndpoint(context.host, store.tls(context)), by };
}

function endpointOf(host: string, choice: HostChoice, folder: string, env: NodeJS.ProcessEnv): Endpoint {
  const plain = parseEndpoint(host);
  return plain.kind === 'tcp' ? parseEndpoint(host, tlsMaterial(choice, folder, env)) : plain;
}

/** TLS is spoken when any of its flags or DOCKER_TLS_VERIFY asks for it; the certificates lie in DOCKER_CERT_PATH or docker's folder. */
function tlsMaterial(choice: HostChoice, folder: string, env: NodeJS.ProcessEnv): TlsMaterial | undefined {
  const verify = choice.tlsverify ?? Boolean(env.DOCKER_TLS_VERIFY);
  const files = { ca: choice.tlscacert, cert: choice.tlscert, key: choice.tlskey };
  if (!verify && !(choice.tls ?? Boolean(env.DOCKER_TLS)) && Object.values(files).every((file) => file === undefined)) return undefined;
  const place = env.DOCKER_CERT_PATH || folder;
  const read = (asked: string | undefined, name: string): Uint8Array | undefined => {
    const path = asked ?? join(place, name);
    try {
      return readFileSync(path);
    } catch (error) {
      if (asked === undefined && systemCode(error) === 'ENOENT') return undefined;
      throw fromSystemError(error, `reading ${path}`);
    }
  };
  const ca = read(files.ca, 'ca.pem');
  const cert = read(files.cert, 'cert.pem');
  const key = read(files.key, 'key.pem');
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}), ...(verify ? {} : { skipVerify: true }) };
}
