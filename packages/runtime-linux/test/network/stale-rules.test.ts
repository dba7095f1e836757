import { expect, it } from 'vitest';
import { staleElements } from '../../src/network/stale-rules.js';

it('finds what belongs to bridges that are gone', () => {
  const table = {
    nftables: [
      { metainfo: { version: '1.0.6' } },
      { set: { name: 'bridges', elem: ['cs-here', 'cs-gone'] } },
      { set: { name: 'internal', elem: ['cs-gone'] } },
      { set: { name: 'same', elem: [{ concat: ['cs-gone', 'cs-gone'] }, { concat: ['cs-here', 'cs-here'] }] } },
      { set: { name: 'sources', elem: [{ prefix: { addr: '10.72.0.0', len: 16 } }, { prefix: { addr: '10.73.0.0', len: 24 } }, { range: ['10.0.0.1', '10.0.0.3'] }] } },
      { set: { name: 'sources6', elem: [{ prefix: { addr: 'fd13:1::', len: 64 } }, { prefix: { addr: 'fd13:2::', len: 64 } }] } },
      { chain: { name: 'forward' } },
    ],
  };
  expect(staleElements(JSON.stringify(table), (name) => name === 'cs-here', ['10.72.0.0/16', 'fd13:0001:0000:0000:0000:0000:0000:0000/64'])).toEqual(['bridges { cs-gone }', 'same { cs-gone . cs-gone }', 'internal { cs-gone }', 'sources { 10.73.0.0/24 }', 'sources6 { fd13:2::/64 }']);
});
