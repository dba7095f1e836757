import { describe, expect, it } from 'vitest';
import { contains, formatSubnet, freeAddress, freeSubnet, isIPv4, overlaps, parseSubnet } from '../../src/engine/networks/address.js';

describe('addresses', () => {
  it.each(['0.0.0.0', '10.1.2.3', '255.255.255.255', '192.168.0.10'])('%s is one', (text) => expect(isIPv4(text)).toBe(true));
  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '1.2.3.4.', 'a.b.c.d', '01.2.3.4.', '1..2.3'])('%j is none', (text) => expect(isIPv4(text)).toBe(false));

  it('know their subnet', () => {
    const subnet = parseSubnet('10.89.3.77/24');
    expect(formatSubnet(subnet)).toBe('10.89.3.0/24');
    expect(contains(subnet, '10.89.3.255')).toBe(true);
    expect(contains(subnet, '10.89.4.1')).toBe(false);
    expect(overlaps(subnet, parseSubnet('10.0.0.0/8'))).toBe(true);
    expect(overlaps(parseSubnet('240.0.0.0/8'), parseSubnet('10.0.0.0/8'))).toBe(false);
  });

  it('are given out lowest first, without the gateway', () => {
    const subnet = parseSubnet('10.0.0.0/30');
    expect(freeAddress(subnet, new Set(['10.0.0.1']))).toBe('10.0.0.2');
    expect(freeAddress(subnet, new Set(['10.0.0.1', '10.0.0.2']))).toBeUndefined();
  });

  it('of new networks overlap nothing that is in use', () => {
    const first = freeSubnet([], 24);
    const second = freeSubnet(first ? [first] : [], 24);
    expect(first && second && overlaps(first, second)).toBe(false);
    expect(freeSubnet([parseSubnet('10.0.0.0/8'), parseSubnet('172.0.0.0/8'), parseSubnet('192.168.0.0/16')], 24)).toBeUndefined();
  });

  it.each(['10.0.0.0', '10.0.0.0/33', 'x/24', '10.0.0.0/31', '::/64'])('%s is no subnet', (text) => expect(() => parseSubnet(text)).toThrow(/invalid subnet/));
});
