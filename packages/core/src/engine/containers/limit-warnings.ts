import type { Resources, Runtime } from '../../runtime/runtime.js';

/** Of these, no cgroup is needed. */
const others: ReadonlySet<string> = new Set<keyof Resources>(['ulimits', 'oomScoreAdj', 'oomKillDisable']);

/** Says that limits are without effect where the runtime has none. */
export async function limitWarnings(runtime: Runtime, resources: Resources | undefined): Promise<string[]> {
  if (!resources || Object.entries(resources).every(([name, value]) => value === undefined || others.has(name))) return [];
  const { limits } = await runtime.capabilities();
  return limits.available ? [] : [`the container has no limits: ${limits.reason}`];
}
