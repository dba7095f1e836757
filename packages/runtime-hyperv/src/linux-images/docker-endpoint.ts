import type { LinuxHost } from './linux-host.js';
import type { Probe } from './probe.js';
import type { Strategy } from './wslc.js';

/** Pipes of the engines that are found on Windows hosts. */
const pipes: Readonly<Record<string, string>> = {
  'Docker Desktop': 'dockerDesktopLinuxEngine',
  'Docker': 'docker_engine',
  'Podman machine': 'podman-machine-default',
};

/** Engines that speak docker's API: the one that DOCKER_HOST names, and those that listen on a known pipe. */
export function dockerStrategies({ env }: Probe): Strategy[] {
  const named = env['DOCKER_HOST'];
  return [
    { name: 'DOCKER_HOST', find: async (probe) => (named ? ask(probe, named) : 'it is not set') },
    ...Object.entries(pipes).map(([name, pipe]) => ({ name, find: async (probe: Probe) => ask(probe, `npipe:////./pipe/${pipe}`) })),
  ];
}

async function ask(probe: Probe, endpoint: string): Promise<LinuxHost | string> {
  const at = address(endpoint);
  if (!at) return `${endpoint} is neither a named pipe nor a TCP address without TLS`;
  const { OSType, Version } = JSON.parse(await probe.get(at, '/version').then(asVersion)) as { OSType?: string; Version?: string };
  if (OSType !== 'linux') return `the engine at ${endpoint} runs ${OSType ?? 'unknown'} containers`;
  return { kind: 'docker', endpoint, version: Version ?? '' };
}

/** `/version` calls the operating system Os, `/info` OSType. */
function asVersion(body: string): string {
  const { Os, OSType, Version } = JSON.parse(body) as { Os?: string; OSType?: string; Version?: string };
  return JSON.stringify({ OSType: OSType ?? Os, Version });
}

function address(endpoint: string): Parameters<Probe['get']>[0] | undefined {
  const pipe = /^npipe:\/\/(.+)$/.exec(endpoint)?.[1];
  if (pipe !== undefined) return { socketPath: pipe.replaceAll('/', '\\') };
  const socket = /^unix:\/\/(.+)$/.exec(endpoint)?.[1];
  if (socket !== undefined) return { socketPath: socket };
  const tcp = /^(?:tcp|http):\/\/([^/:]+):(\d+)\/?$/.exec(endpoint);
  return tcp?.[1] ? { host: tcp[1], port: Number(tcp[2]) } : undefined;
}
