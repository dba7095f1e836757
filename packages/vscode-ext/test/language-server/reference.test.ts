import { describe, expect, it } from 'vitest';
import { instructionNames, parseDockerfile } from '@caisson/dockerfile';
import { instructionDocs } from '../../src/language-server/reference/instructions.js';
import { mountKeys, mountTypes } from '../../src/language-server/reference/mounts.js';

const errors = (line: string) => parseDockerfile(`FROM a\n${line}\n`).errors.map(({ message }) => message);

/** What is put behind the flags so that the instruction is whole. */
const rest: Readonly<Record<string, string>> = { FROM: 'a', RUN: 'true', COPY: 'a b', ADD: 'a b', HEALTHCHECK: 'CMD true' };
const given: Readonly<Record<string, string>> = { mount: 'type=cache,target=/x', chmod: '755', device: 'a.b/c=d', network: 'none', security: 'insecure', checksum: 'sha256:aa', retries: '3' };

it('describes every instruction that the parser knows', () => {
  expect(instructionDocs.map(({ name }) => name).sort()).toEqual([...instructionNames].sort());
});

describe('flags', () => {
  it('are those that the parser takes', () => {
    for (const { name, flags } of instructionDocs)
      for (const flag of flags) {
        const value = flag.value === undefined ? '' : `=${given[flag.name] ?? (name === 'HEALTHCHECK' ? '5s' : 'x')}`;
        expect(errors(`${name} --${flag.name}${value} ${rest[name] ?? ''}`), `${name} --${flag.name}`).toEqual([]);
      }
  });

  it('are all of them', () => {
    for (const { name, flags } of instructionDocs) {
      const [problem] = parseDockerfile(`FROM a\n${name} --no-such-flag ${rest[name] ?? 'a'}\n`).errors.filter(({ code }) => code === 'unknown-flag');
      const known = [...(problem?.hint ?? '').matchAll(/--([\w-]+)/g)].map(([, flag = '']) => flag);
      expect(flags.map((flag) => flag.name).sort(), name).toEqual(known.sort());
    }
  });
});

describe('keys of mounts', () => {
  const values: Readonly<Record<string, string>> = { target: '/x', mode: '0400', uid: '1', gid: '1', size: '1m', sharing: 'locked' };
  const whole: Readonly<Record<string, string>> = { bind: 'target=/x', cache: 'target=/x', tmpfs: 'target=/x', secret: 'id=x', ssh: '' };

  it.each(mountTypes.map(({ name }) => name))('of %s are taken by the parser', (type) => {
    for (const key of mountKeys.filter(({ name, types }) => types.includes(type) && name !== 'type')) {
      for (const name of [key.name, ...(key.aliases ?? [])]) {
        // An id and a source of a secret are the same, and only one of them may be given.
        const others = type === 'secret' && (key.name === 'source' || key.name === 'id') ? '' : whole[type];
        const fields = [`type=${type}`, ...(others && key.name !== others.split('=')[0] ? [others] : []), key.bare ? name : `${name}=${values[key.name] ?? 'x'}`];
        expect(errors(`RUN --mount=${fields.join(',')} true`), fields.join(',')).toEqual([]);
      }
    }
  });
});
