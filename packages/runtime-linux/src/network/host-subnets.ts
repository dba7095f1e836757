import type { HostSubnets } from '@caisson/core';
import { command } from '../host/command.js';
import { findProgram } from '../host/programs.js';
import { subnetsOf } from './ground.js';

/** Longer prefixes are of single hosts: nobody's subnet, but better kept clear of. */
const LONGEST = [30, 126] as const;

/** Of this process's network namespace. */
export async function hostSubnets(): Promise<HostSubnets> {
  const found = subnetsOf();
  const isSubnet = (text: string) => Number(text.slice(text.indexOf('/') + 1)) <= (text.includes(':') ? LONGEST[1] : LONGEST[0]);
  return { taken: found.filter(isSubnet), mentioned: [...found.filter((text) => !isSubnet(text)), ...(await inRules())] };
}

/** Whatever tables there are, whoever made them; none where nft cannot tell. */
async function inRules(): Promise<string[]> {
  const nft = findProgram('nft');
  if (nft === undefined) return [];
  const { code, stdout } = await command(nft, ['-j', 'list', 'ruleset']);
  return code === 0 ? mentionedSubnets(stdout) : [];
}

/** The prefixes and single addresses in nft's JSON (libnftables-json(5)). */
export function mentionedSubnets(json: string): string[] {
  const found = new Set<string>();
  JSON.parse(json, function (key, value: unknown) {
    if (key === 'prefix' && typeof value === 'object' && value !== null && 'addr' in value && 'len' in value) found.add(`${String(value.addr)}/${String(value.len)}`);
    else if (typeof value === 'string' && !(key === 'addr' && 'len' in (this as object)) && /^(?:\d{1,3}\.){3}\d{1,3}$/.test(value)) found.add(`${value}/32`);
    return value;
  });
  return [...found];
}
