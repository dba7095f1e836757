import { CaissonError } from '@caisson/core';
import { requireProgram } from '../host/programs.js';
import type { Ground } from './ground.js';

type Item = { set?: { name: string; elem?: readonly unknown[] } };

/**
 * Elements of our table that belong to bridges which are there no more: a data root that was deleted without its networks leaves them. A
 * subnet among them would be in the way of the next network that gets it.
 */
export async function staleRules(ground: Ground, table: string, routed: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await ground.command(requireProgram('nft'), ['-j', 'list', 'table', 'inet', table]);
  if (code !== 0) throw new CaissonError('runtime-failed', `nft cannot list its rules: ${stderr.trim().split('\n')[0] ?? ''}`);
  return staleElements(stdout, (name) => ground.index(name) !== undefined, routed).map((element) => `delete element inet ${table} ${element}\n`).join('');
}

/** From nft's JSON (libnftables-json(5)). */
export function staleElements(json: string, isInterface: (name: string) => boolean, routed: readonly string[]): string[] {
  const { nftables } = JSON.parse(json) as { nftables: readonly Item[] };
  const elements = (name: string) => nftables.find((item) => item.set?.name === name)?.set?.elem ?? [];
  const gone = (name: string) => elements(name).filter((element): element is string => typeof element === 'string' && !isInterface(element));
  const subnets = (name: string) => elements(name).map(subnetOf).filter((subnet) => subnet !== undefined && !routed.includes(subnet));
  return [
    ...gone('bridges').flatMap((bridge) => [`bridges { ${bridge} }`, `same { ${bridge} . ${bridge} }`]),
    ...gone('internal').map((bridge) => `internal { ${bridge} }`),
    ...subnets('sources').map((subnet) => `sources { ${subnet} }`),
    ...subnets('sources6').map((subnet) => `sources6 { ${subnet} }`),
  ];
}

function subnetOf(element: unknown): string | undefined {
  const prefix = typeof element === 'object' && element !== null && 'prefix' in element ? element.prefix : undefined;
  if (typeof prefix !== 'object' || prefix === null || !('addr' in prefix) || !('len' in prefix)) return undefined;
  return `${String(prefix.addr)}/${String(prefix.len)}`;
}
