import { expect, it } from 'vitest';
import { markRule, noMarkRule, routeOfTable } from '../../src/network/policy-route.js';
import { addDefaultRoute, addSharing, filterBridge, setIsolated } from '../../src/network/netlink.js';

const shared = { parent: 7, name: 'eth0', namespace: 3, address: '02:42:00:00:00:01', mtu: undefined } as const;
const hex = ({ body }: { body: Buffer }) => body.toString('hex');
/** An attribute of rtnetlink(7), with its padding. */
const attribute = (type: number, value: string) => {
  const length = 4 + value.length / 2;
  return `${Buffer.of(length & 0xff, length >> 8, type & 0xff, type >> 8).toString('hex')}${value}${'00'.repeat((4 - (length % 4)) % 4)}`;
};

// The numbers of linux/if_link.h: IFLA_IPVLAN_MODE 1, IFLA_IPVLAN_FLAGS 2, both of 16 bits; IFLA_MACVLAN_MODE 1, of 32.
it.each([
  ['l2', '', '0000', '0000'],
  ['l3', 'private', '0100', '0100'],
  ['l3s', 'vepa', '0200', '0200'],
])('asks for ipvlan in the mode %s with the flag %j', (mode, flag, modeBytes, flagBytes) => {
  expect(hex(addSharing({ ...shared, kind: 'ipvlan', mode, flag }))).toContain(attribute(2, attribute(1, modeBytes) + attribute(2, flagBytes)));
});

it.each([
  ['private', '01000000'],
  ['vepa', '02000000'],
  ['bridge', '04000000'],
  ['passthru', '08000000'],
])('asks for macvlan in the mode %s', (mode, bytes) => {
  expect(hex(addSharing({ ...shared, kind: 'macvlan', mode, flag: '' }))).toContain(attribute(2, attribute(1, bytes)));
});

it('leads out by an interface that has no router on its wire', () => {
  expect(addDefaultRoute(5, '10.1.0.1', true).body.toString('hex')).toBe(`02000000fe04fd0100000000${attribute(4, '05000000')}`);
  expect(hex(addDefaultRoute(5, '10.1.0.1'))).toBe(`02000000fe04000100000000${attribute(5, '0a010001')}${attribute(4, '05000000')}`);
});

// IFLA_BRPORT_ISOLATED is 33; IFLA_BR_NF_CALL_IPTABLES 36, and IP6TABLES 37.
it('keeps ports apart, and has bridges filtered', () => {
  expect(hex(setIsolated(4))).toContain(attribute(0x8000 | 12, attribute(33, '01')));
  expect(hex(filterBridge('br'))).toContain(attribute(2, attribute(36, '01') + attribute(37, '01')));
});

it('leads what has a mark to a table with one route', () => {
  expect(routeOfTable(5, 0x1234).body.toString('hex')).toBe(`02000000fc04fd0100000000${attribute(4, '05000000')}${attribute(15, '34120000')}`);
  for (const rule of [markRule(0x1234), noMarkRule(0x1234)]) expect(rule.body.toString('hex')).toBe(`02000000fc00000100000000${attribute(10, '34120000')}${attribute(15, '34120000')}`);
});
