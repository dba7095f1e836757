import type { HostChoice } from '@caisson/docker-api/client';

/** Where a command goes that is for Linux images, on a host whose own containers are Windows': to an engine, or it has been run already. */
export type Elsewhere = { readonly choice: HostChoice } | { readonly exitCode: number };

const commands = new Set(['run', 'create', 'pull', 'build']);

/** Undefined for whatever this host does itself. @throws CaissonError that tells of each way why it does not apply */
export async function linuxElsewhere(command: string, options: Readonly<Record<string, unknown>>, choice: HostChoice, argv: readonly string[]): Promise<Elsewhere | undefined> {
  const { platform } = options;
  const wanted = Array.isArray(platform) ? (platform as unknown[]).join(',') : platform;
  if (process.platform !== 'win32' || !commands.has(command) || typeof wanted !== 'string' || !/^linux(?:\/|$)/.test(wanted)) return undefined;
  const { chooseLinuxHost, findLinuxHosts, handOver, hostProbe } = await import('../hyperv-engine.js');
  const host = chooseLinuxHost(await findLinuxHosts(hostProbe), `${command} --platform ${wanted}`);
  return host.kind === 'docker' ? { choice: { ...choice, host: host.endpoint } } : { exitCode: await handOver(host, argv) };
}
