/** The subnets of a /proc/net/route (proc(5)), without the default route. */
export function routedSubnets(text: string): string[] {
  const found = text.split('\n').slice(1).flatMap((line) => {
    const [, destination = '', , , , , , mask = ''] = line.split('\t');
    const prefix = ones(Number.parseInt(mask, 16));
    return destination.length === 8 && prefix > 0 ? [`${dotted(destination)}/${prefix}`] : [];
  });
  return [...new Set(found)];
}

/** The subnets of a /proc/net/ipv6_route, without the default route, single hosts, and what every host has. */
export function routedSubnets6(text: string): string[] {
  const found = text.split('\n').flatMap((line) => {
    const [destination = '', length = ''] = line.split(' ');
    const prefix = Number.parseInt(length, 16);
    const common = /^fe[89ab]|^ff/.test(destination);
    return destination.length === 32 && prefix > 0 && prefix < 127 && !common ? [`${destination.replace(/(.{4})(?!$)/g, '$1:')}/${prefix}`] : [];
  });
  return [...new Set(found)];
}

/** Written as a number of the host's order: the least byte, which comes last, is the first of the address. */
function dotted(hex: string): string {
  return [6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.');
}

function ones(mask: number): number {
  let count = 0;
  for (let rest = mask >>> 0; rest !== 0; rest >>>= 1) count += rest & 1;
  return count;
}
