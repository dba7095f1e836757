import { CaissonError, isCaissonError } from '@caisson/core';
import { requireProgram } from '../host/programs.js';
import { addressBytes } from './address-bytes.js';
import { applyRules } from './firewall.js';
import type { Ground } from './ground.js';

type Item = { set?: { name: string; elem?: readonly unknown[] } };

/** Others clear too: what one has listed, another may have taken away before it. */
const TRIES = 5;

/**
 * Takes those elements of our table away that belong to bridges which are there no more: of a network that has just been removed, and of data
 * roots that were deleted without their networks. A subnet among them would be in the way of the next network that gets it.
 */
export async function clearStale(ground: Ground, table: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    const rules = await staleRules(ground, table);
    if (rules === '') return;
    try {
      return await applyRules(ground, rules);
    } catch (error) {
      if (tries === TRIES || !isCaissonError(error) || !/No such file|does not exist/.test(String(error.details?.stderr))) throw error;
    }
  }
}

async function staleRules(ground: Ground, table: string): Promise<string> {
  const { code, stdout, stderr } = await ground.command(requireProgram('nft'), ['-j', 'list', 'table', 'inet', table]);
  if (code !== 0 && /No such file/.test(stderr)) return '';
  if (code !== 0) throw new CaissonError('runtime-failed', `nft cannot list its rules: ${stderr.trim().split('\n')[0] ?? ''}`);
  return staleElements(stdout, (name) => ground.index(name) !== undefined, ground.subnets()).map((element) => `delete element inet ${table} ${element}\n`).join('');
}

/** From nft's JSON (libnftables-json(5)). */
export function staleElements(json: string, isInterface: (name: string) => boolean, routed: readonly string[]): string[] {
  const { nftables } = JSON.parse(json) as { nftables: readonly Item[] };
  const elements = (name: string) => nftables.find((item) => item.set?.name === name)?.set?.elem ?? [];
  const gone = (name: string) => elements(name).filter((element): element is string => typeof element === 'string' && !isInterface(element));
  // Of isolated networks there are none.
  const pairs = elements('same').flatMap((element) => (isPair(element) && !isInterface(element.concat[0]) ? [element.concat[0]] : []));
  const known = new Set(routed.map(canonical));
  const subnets = (name: string) => elements(name).map(subnetOf).filter((subnet) => subnet !== undefined && !known.has(canonical(subnet)));
  return [
    ...gone('bridges').map((bridge) => `bridges { ${bridge} }`),
    ...pairs.map((bridge) => `same { ${bridge} . ${bridge} }`),
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

const isPair = (element: unknown): element is { concat: [string, string] } => typeof element === 'object' && element !== null && 'concat' in element && Array.isArray(element.concat) && typeof element.concat[0] === 'string';

/** IPv6 addresses can be written in several ways. */
function canonical(subnet: string): string {
  const [address = '', prefix = ''] = subnet.split('/');
  return `${addressBytes(address).toString('hex')}/${prefix}`;
}
