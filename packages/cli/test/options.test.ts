import { Option } from 'commander';
import { expect, it } from 'vitest';
import { plainOptions } from '../src/options.js';

const options = ['--rm', '-i, --interactive', '-t, --tty', '-e, --env <x>', '-v, --volume <x>', '--no-sig-proxy', '--no-trunc', '-p, --pause', '--no-pause', '--provenance [x]'].map((flags) => new Option(flags));

it.each<[given: string, plain: string]>([
  ['--rm', '--rm'],
  ['--rm=true', '--rm'],
  ['--rm=false', ''],
  ['--rm=maybe', '--rm=maybe'],
  ['--sig-proxy=false', '--no-sig-proxy'],
  ['--sig-proxy=true', ''],
  ['--sig-proxy', ''],
  ['--no-trunc=false', ''],
  ['--no-trunc=1', '--no-trunc'],
  ['--pause=false', '--no-pause'],
  ['-p=false', '--no-pause'],
  ['-p', '-p'],
  ['-it', '-it'],
  ['-i=false -t', '-t'],
  ['-ite=A=b x', '-it -e A=b x'],
  ['-e=A=b', '-e A=b'],
  ['-e A=b --rm=false', '-e A=b'],
  ['--env=A=b', '--env=A=b'],
  ['--env --rm=false x', '--env --rm=false x'],
  ['-v /a:/b image --rm=false', '-v /a:/b image --rm=false'],
  ['--provenance=max', '--provenance=max'],
  ['-- --rm=false', '-- --rm=false'],
  ['-', '-'],
])('%s', (given, plain) => {
  expect(plainOptions(given.split(' '), options, true).join(' ')).toBe(plain);
});

it('goes on behind operands where options may', () => {
  expect(plainOptions(['x', '--rm=false', '-p=false'], options, false)).toEqual(['x', '--no-pause']);
});
