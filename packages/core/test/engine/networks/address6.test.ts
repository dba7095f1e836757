import { describe, expect, it } from 'vitest';
import { contains6, formatAddress6, formatSubnet6, freeAddress6, freeSubnet6, overlaps6, parseAddress6, parseSubnet6 } from '../../../src/engine/networks/address6.js';

describe('IPv6 addresses', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['fd00:0:0:0:0:0:0:1', 'fd00::1'],
    ['FD00:1:0:0:2:0:0:0', 'fd00:1:0:0:2::'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:0:3:4:5:6:7:8', '1:0:3:4:5:6:7:8'],
    ['::ffff:10.1.2.3', '::ffff:a01:203'],
    ['1::', '1::'],
  ])('%s is %s', (text, plain) => expect(formatAddress6(parseAddress6(text) ?? -1n)).toBe(plain));

  it.each(['', ':', ':::', '1:2', '1:2:3:4:5:6:7:8:9', '1::2::3', 'g::', '12345::', '1:2:3:4:5:6:7::8', '::1.2.3', '::256.1.1.1', '1.2.3.4', 'fe80::1%eth0'])('%j is none', (text) => expect(parseAddress6(text)).toBeUndefined());

  it('know their subnet', () => {
    const subnet = parseSubnet6('fd00:1:2::77/64');
    expect(formatSubnet6(subnet)).toBe('fd00:1:2::/64');
    expect(contains6(subnet, 'fd00:1:2::ffff')).toBe(true);
    expect(contains6(subnet, 'fd00:1:3::1')).toBe(false);
    expect(overlaps6(subnet, parseSubnet6('fd00::/8'))).toBe(true);
  });

  it.each(['fd00::', 'fd00::/129', 'fd00::/127', '10.0.0.0/8', 'x/64'])('%s is no subnet', (text) => expect(() => parseSubnet6(text)).toThrow(/invalid subnet/));

  it('are given out lowest first, from a range where there is one', () => {
    const subnet = parseSubnet6('fd00::/64');
    expect(freeAddress6(subnet, new Set(['fd00::1']))).toBe('fd00::2');
    expect(freeAddress6(subnet, new Set(), parseSubnet6('fd00::8:0/112'))).toBe('fd00::8:0');
    expect(freeAddress6(parseSubnet6('fd00::/126'), new Set(['fd00::1', 'fd00::2', 'fd00::3']))).toBeUndefined();
  });

  it('of new networks are unique local ones, and overlap nothing', () => {
    const random = Buffer.from('0102030405060708', 'hex');
    const first = freeSubnet6([], random);
    expect(formatSubnet6(first)).toBe('fd01:203:405:607::/64');
    expect(overlaps6(first, freeSubnet6([first], random))).toBe(false);
  });
});
