import type { ContainerRecord } from '@caisson/core';

/** How to reach the inspector of a container's Node.js from this host. */
export interface InspectorAddress {
  readonly host: string;
  readonly port: number;
}

const standardPort = 9229;

/**
 * The port that its Node listens on: as `--inspect` says in the command or in NODE_OPTIONS, else the usual one. Undefined where neither
 * asks for an inspector.
 */
export function inspectorPort({ process }: Pick<ContainerRecord, 'process'>): { readonly port: number; readonly everywhere: boolean } | undefined {
  const options = process.env.find((one) => one.startsWith('NODE_OPTIONS='))?.slice('NODE_OPTIONS='.length) ?? '';
  const words = [...process.args, ...options.split(/\s+/)];
  // A shell's `-c` holds the flag within its word.
  const flag = words.map((word) => /--inspect(?:-brk|-wait)?(?:=(?:(\d+)|(\[[\da-fA-F:]+\]|[\w.-]+)(?::(\d+))?))?(?=\s|$|["'])/.exec(word)).find((found) => found !== null);
  if (flag === undefined || flag === null) return undefined;
  const [, alone, host = '127.0.0.1', port = alone] = flag;
  return { port: port === undefined ? standardPort : Number(port), everywhere: host === '0.0.0.0' || host === '[::]' };
}

/** By a published port; else by the container's own address, which the host of a local engine can reach. */
export function inspectorAddress(container: Pick<ContainerRecord, 'process' | 'state'>): InspectorAddress | { readonly reason: 'no-flag' | 'loopback' | 'unreachable' } {
  const asked = inspectorPort(container);
  const published = container.state.ports.find((one) => one.protocol === 'tcp' && one.hostPort > 0 && one.containerPort === (asked?.port ?? standardPort));
  if (asked === undefined && published === undefined) return { reason: 'no-flag' };
  if (asked?.everywhere === false) return { reason: 'loopback' };
  if (published !== undefined) return { host: ['', '0.0.0.0', '::'].includes(published.hostIp) ? '127.0.0.1' : published.hostIp, port: published.hostPort };
  const address = container.state.networks[0]?.address;
  return address === undefined || address === '' || asked === undefined ? { reason: 'unreachable' } : { host: address, port: asked.port };
}
