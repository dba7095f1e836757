import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BuildRequest, ContainerMount } from '@caisson/core';
import type { StepNetwork } from '../host.js';

/** The same for each RUN on each host, since steps may write it down. */
export const stepHostname = 'caisson-build';

/** Writes what a RUN sees as its hosts and resolv.conf, and gives their mounts: they are the host's business, not the layer's. */
export function etcFiles(folder: string, network: StepNetwork, extraHosts: BuildRequest['extraHosts']): ContainerMount[] {
  mkdirSync(folder, { recursive: true, mode: 0o711 });
  const extra = (extraHosts ?? []).map(({ name, address }) => `${address}\t${name}\n`).join('');
  const files: Record<string, string> = { hosts: `127.0.0.1\tlocalhost ${stepHostname}\n::1\tlocalhost ip6-localhost ip6-loopback\n${extra}` };
  if (network.resolvConf !== undefined) files['resolv.conf'] = network.resolvConf;
  return Object.entries(files).map(([name, text]) => {
    const source = join(folder, name);
    writeFileSync(source, text, { mode: 0o644 });
    return { type: 'bind', source, destination: `/etc/${name}`, options: ['bind', 'rprivate', 'ro'] };
  });
}
