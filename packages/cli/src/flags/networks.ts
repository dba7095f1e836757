import type { ContainerOptions, NetworkAttachment } from '@caisson/core';
import { csvFields, invalid, type Undefinable } from './values.js';

/** What `--network` and its companions come to. */
type NetworkFlags = Pick<ContainerOptions, 'network' | 'networkAliases' | 'ip' | 'ip6' | 'macAddress' | 'furtherNetworks'>;

interface Given {
  readonly network?: readonly string[];
  readonly net?: readonly string[];
  readonly netAlias?: readonly string[];
  readonly networkAlias?: readonly string[];
  readonly ip?: string;
  readonly ip6?: string;
  readonly macAddress?: string;
}

/** `--ip` and the like are of the first network; those after it have theirs in the long form. */
export function parseNetworks({ network = [], net = [], networkAlias = [], netAlias = [], ip, ip6, macAddress }: Given): Undefinable<NetworkFlags> {
  const [first, ...further] = [...network, ...net].map(parseNetwork);
  const aliases = [...(first?.aliases ?? []), ...networkAlias, ...netAlias];
  return {
    network: first?.network,
    networkAliases: aliases.length > 0 ? aliases : undefined,
    ip: first?.ip ?? ip,
    ip6: first?.ip6 ?? ip6,
    macAddress: first?.macAddress ?? macAddress,
    furtherNetworks: further.length > 0 ? further : undefined,
  };
}

/** `NAME`, or `name=NAME,alias=…,ip=…,ip6=…,mac-address=…`. */
export function parseNetwork(text: string): NetworkAttachment {
  if (!text.includes('=')) return { network: text };
  const fields: { name?: string; ip?: string; ip6?: string; macAddress?: string } = {};
  const aliases: string[] = [];
  for (const field of csvFields(text)) {
    const at = field.indexOf('=');
    const [key, value] = at < 0 ? [field, ''] : [field.slice(0, at), field.slice(at + 1)];
    if (key === 'alias') aliases.push(value);
    else if (key === 'name' || key === 'ip' || key === 'ip6') fields[key] = value;
    else if (key === 'mac-address') fields.macAddress = value;
    else invalid('--network', text, 'its fields are name, alias, ip, ip6 and mac-address');
  }
  const { name, ...rest } = fields;
  if (!name) return invalid('--network', text, 'name the network: name=…');
  return { network: name, ...(aliases.length > 0 ? { aliases } : {}), ...rest };
}
