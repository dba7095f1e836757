import type { Resources, Runtime } from '../../runtime/runtime.js';
import { modeOf } from './attachments.js';
import type { ContainerOptions } from './options.js';

/** Of these, no cgroup is needed. */
const others: ReadonlySet<string> = new Set<keyof Resources>(['ulimits', 'oomScoreAdj', 'oomKillDisable']);

/** What a container is not given of all that was asked for, and that it does without. */
export async function warningsOf(runtime: Runtime, options: ContainerOptions): Promise<string[]> {
  const mode = modeOf(options);
  const ports = (mode === 'host' || mode === 'none') && (options.ports?.length || options.publishAll) ? [`published ports are discarded with the network ${mode}`] : [];
  return [...ports, ...(await limitWarnings(runtime, options.resources))];
}

async function limitWarnings(runtime: Runtime, resources: Resources | undefined): Promise<string[]> {
  if (!resources || Object.entries(resources).every(([name, value]) => value === undefined || others.has(name))) return [];
  const { limits } = await runtime.capabilities();
  return limits.available ? [] : [`the container has no limits: ${limits.reason}`];
}
