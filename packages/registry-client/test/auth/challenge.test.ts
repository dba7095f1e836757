import { expect, test } from 'vitest';
import { parseChallenges } from '../../src/auth/challenge.js';
import { cpuTime } from '../../../../tests/cpu-time.js';

test.each<[string, [string, Record<string, string>][]]>([
  ['Basic realm="x"', [['basic', { realm: 'x' }]]],
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:library/alpine:pull"',
    [['bearer', { realm: 'https://auth.docker.io/token', service: 'registry.docker.io', scope: 'repository:library/alpine:pull' }]],
  ],
  ['Bearer realm="a,b", scope="repository:x:pull,push", error="invalid_token"', [['bearer', { realm: 'a,b', scope: 'repository:x:pull,push', error: 'invalid_token' }]]],
  ['Basic realm="x", Bearer realm="y"', [['basic', { realm: 'x' }], ['bearer', { realm: 'y' }]]],
  ['Bearer realm=https://host/token,service=s', [['bearer', { realm: 'https://host/token', service: 's' }]]],
  ['Negotiate', [['negotiate', {}]]],
  ['Bearer realm="a \\"quoted\\" one"', [['bearer', { realm: 'a "quoted" one' }]]],
  ['', []],
  ['="', []],
  ['Bearer realm="unfinished', [['bearer', { realm: '' }]]],
])('%s', (value, expected) => {
  expect(parseChallenges([value]).map(({ scheme, parameters }) => [scheme, Object.fromEntries(parameters)])).toEqual(expected);
});

test('a huge header is read to its end', async () => {
  const read = () => {
    expect(parseChallenges([`Bearer ${'a="'.repeat(1_000_000)}`])).toEqual([]);
    parseChallenges([`Bearer ${'a="\\'.repeat(2000)}`]);
  };
  expect(await cpuTime(read)).toBeLessThan(5000);
});
