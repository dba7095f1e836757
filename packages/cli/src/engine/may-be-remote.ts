import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Of docker's global flags, those that choose a host. */
export interface RemoteFlags {
  readonly host?: string;
  readonly context?: string;
  readonly config?: string;
}

/**
 * Whether flags, the environment or docker's config.json name a host or a context other than the default one: in docker's order. What is wrong
 * with any of them is for those to tell that then read them.
 */
export function mayBeRemote({ host, context, config }: RemoteFlags): boolean {
  const { DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG } = process.env;
  if (host !== undefined) return true;
  if (context !== undefined) return context !== 'default';
  if (DOCKER_HOST) return true;
  if (DOCKER_CONTEXT) return DOCKER_CONTEXT !== 'default';
  try {
    const current = /"currentContext"\s*:\s*"([^"]*)"/.exec(readFileSync(join(config ?? (DOCKER_CONFIG || join(homedir(), '.docker')), 'config.json'), 'utf8'))?.[1];
    return current !== undefined && current !== '' && current !== 'default';
  } catch {
    return false;
  }
}
