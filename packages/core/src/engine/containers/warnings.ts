import { controllersFor } from '../../runtime/limit-controllers.js';
import type { Resources, Runtime } from '../../runtime/runtime.js';
import { modeOf } from './attachments.js';
import type { ContainerOptions } from './options.js';

/** What a container is not given of all that was asked for, and that it does without. */
export async function warningsOf(runtime: Runtime, options: ContainerOptions): Promise<string[]> {
  const mode = modeOf(options);
  const ports = (mode === 'host' || mode === 'none') && (options.ports?.length || options.publishAll) ? [`published ports are discarded with the network ${mode}`] : [];
  return [...ports, ...(await limitWarnings(runtime, options.resources))];
}

async function limitWarnings(runtime: Runtime, resources: Resources | undefined): Promise<string[]> {
  const needed = controllersFor(resources ?? {});
  if (needed.size === 0) return [];
  const { limits, undelegated = [] } = await runtime.capabilities();
  if (!limits.available) return [`the container has no limits: ${limits.reason}`];
  const missing = undelegated.filter((controller) => needed.has(controller));
  return missing.length > 0 ? [`the container has no limits of ${missing.join(', ')}: ${missing.length > 1 ? 'these cgroup controllers are' : 'this cgroup controller is'} not delegated to this user`] : [];
}
