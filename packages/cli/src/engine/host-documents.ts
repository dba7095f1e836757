import type { SystemInfo, SystemVersion } from '@caisson/docker-api/types';
import type { Cli } from '../cli.js';

/** docker's `GET /info` of the chosen host; this one answers for itself. */
export async function systemInfo(cli: Cli): Promise<SystemInfo> {
  if (cli.remote) return cli.remote.engine.client.call<SystemInfo>({ path: '/info' });
  const { Daemon, systemInfo: ofEngine } = await import('@caisson/docker-api/server');
  const daemon = new Daemon(cli.local);
  return ofEngine({ engine: cli.local, daemon, minor: 51 });
}

/** docker's `GET /version`. */
export async function systemVersion(cli: Cli): Promise<SystemVersion> {
  if (cli.remote) return cli.remote.engine.system.version();
  const { systemVersion: ofEngine } = await import('@caisson/docker-api/server');
  return ofEngine({ engine: cli.local });
}
