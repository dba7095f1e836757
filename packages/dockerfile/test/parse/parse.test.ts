import { describe, expect, it } from 'vitest';
import { detectSyntax, parseDockerfile, print, type InstructionKind, type InstructionOf } from '../../src/index.js';

function only<K extends InstructionKind>(kind: K, text: string): InstructionOf<K> {
  const found = parseDockerfile(`FROM a\n${text}`).instructions[1];
  if (found?.kind !== kind) throw new Error(`is ${found?.kind}`);
  return found as InstructionOf<K>;
}

describe('typed instructions', () => {
  it('gives HEALTHCHECK in nanoseconds', () => {
    expect(only('healthcheck', 'HEALTHCHECK --interval=1m30s --timeout=1.5s --start-period=2h --start-interval=500ms --retries=3 CMD ["a"]')).toMatchObject({
      interval: 90e9,
      timeout: 1.5e9,
      startPeriod: 7200e9,
      startInterval: 5e8,
      retries: 3,
      test: { shell: false, command: [{ value: 'a' }] },
    });
    expect(only('healthcheck', 'HEALTHCHECK NONE').test).toBeUndefined();
  });

  it('gives RUN its mounts, network, security and devices', () => {
    const run = only('run', 'RUN --mount=type=cache,target=/x --mount=target=$Y --network=none --security=insecure --device=a/b=c,required --device=d x');
    expect(run.mounts.map(({ mount }) => mount)).toEqual([{ type: 'cache', target: '/x', readonly: false }, undefined]);
    expect(run).toMatchObject({ network: 'none', security: 'insecure', devices: [{ name: 'a/b=c', required: true }, { name: 'd', required: false }] });
  });

  it('gives COPY its flags, files and paths', () => {
    const copy = only('copy', 'COPY --link --parents --exclude=a --exclude=b --chown=1:2 x <<E /y/\n\tbody\nE');
    expect(copy).toMatchObject({ link: true, parents: true, chown: { value: '1:2' }, sources: [{ value: 'x' }], destination: { value: '/y/' }, files: [{ name: 'E', content: '\tbody\n', expand: true }] });
    expect(copy.exclude.map(({ value }) => value)).toEqual(['a', 'b']);
    expect(only('copy', 'COPY <<-E /y\n\tbody\n\tE').files[0]?.content).toBe('body\n');
    expect(only('add', 'ADD --unpack=false --keep-git-dir x /y')).toMatchObject({ unpack: false, keepGitDir: true });
    expect(only('add', 'ADD x /y').unpack).toBeUndefined();
  });

  it('gives pairs with the ranges of key and value', () => {
    const text = 'FROM a\nENV A=b "C D"="e \\\n f"';
    const [, env] = parseDockerfile(text).instructions;
    const pairs = env?.kind === 'env' ? env.pairs : [];
    expect(pairs.map(({ key, value, keyRange, valueRange }) => [key, value, text.slice(keyRange.start.offset, keyRange.end.offset), valueRange && text.slice(valueRange.start.offset, valueRange.end.offset)])).toEqual([
      ['A', 'b', 'A', 'b'],
      ['"C D"', '"e  f"', '"C D"', '"e \\\n f"'],
    ]);
    expect(pairs[1]?.valueRange).toMatchObject({ start: { line: 2, column: 15 }, end: { line: 3, column: 4 } });
  });

  it('keeps the comments of an instruction', () => {
    const file = parseDockerfile('# far\n\n# one\n#two\nFROM a\nRUN x \\\n # inside\n y');
    expect(file.instructions[0]?.comments.map(({ text }) => text)).toEqual(['one', 'two']);
    expect(file.comments.map(({ text, range }) => [text, range.start.line])).toEqual([['far', 1], ['one', 3], ['two', 4], ['inside', 7]]);
  });

  it('puts the file into every range', () => {
    const file = parseDockerfile('FROM a\nRUNN', { file: 'x/Dockerfile' });
    expect([file.errors[0]?.range.file, file.instructions[0]?.range.file, file.instructions[0]?.args[0]?.range.file]).toEqual(['x/Dockerfile', 'x/Dockerfile', 'x/Dockerfile']);
  });
});

it.each([
  ['skip=NoSuchRule', undefined],
  ['skip = A , B ; error=T;experimental=all', undefined],
  ['skip', 'invalid check option "skip"'],
  ['skip=A;', 'invalid check option ""'],
  ['skipp=A', 'invalid check option "skipp"'],
  ['error=maybe', 'the check option error is true or false, not "maybe"'],
])('takes the options of # check=%s as BuildKit does', (options, message) => {
  const { errors } = parseDockerfile(`# check=${options}\nFROM a\n`);
  expect(errors.map((error) => error.message)).toEqual(message === undefined ? [] : [message]);
});

it('prints a change of an instruction in its place', () => {
  const file = parseDockerfile('# c\nFROM a\r\n\nRUN b \\\n c\n');
  const instructions = file.instructions.map((one, index) => (index === 1 ? { ...one, text: 'RUN d' } : one));
  expect(print({ ...file, instructions })).toBe('# c\nFROM a\r\n\nRUN d\n');
});

it.each([
  ['# syntax=docker/dockerfile:1.7 extra\nFROM a', 'docker/dockerfile:1.7'],
  ['\ufeff#!/bin/x\n# escape=`\n# syntax = a/b\n', 'a/b'],
  ['// syntax=a/b\n{}', 'a/b'],
  ['{"syntax": "a/b"}', 'a/b'],
  ['{"syntax": 1}', undefined],
  ['{', undefined],
  ['FROM a\n# syntax=b', undefined],
  ['', undefined],
])('detectSyntax(%j) is %j', (text, expected) => expect(detectSyntax(text)).toBe(expected));
