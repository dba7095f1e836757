import { describe, expect, it } from 'vitest';
import { ignorePatterns, parseIgnore } from '../../src/index.js';
import { cpuTime } from '../../../../tests/cpu-time.js';

describe('parseIgnore', () => {
  it.each<[string, string, boolean]>([
    ['a', 'a', true],
    ['a', 'a/b', true],
    ['a', 'b/a', false],
    ['a', 'ab', false],
    ['/a', 'a', true],
    ['./a/../b/', 'b', true],
    ['*', 'a/b', true],
    ['*.md', 'x.md', true],
    ['*.md', 'd/x.md', false],
    ['*/*.md', 'd/x.md', true],
    ['**/*.md', 'x.md', true],
    ['**/*.md', 'a/b/x.md', true],
    ['**', 'a/b', true],
    ['a/**', 'a', false],
    ['a/**', 'a/b/c', true],
    ['a/**/b', 'a/b', true],
    ['a/**/b', 'a/x/y/b/z', true],
    ['a/**/b', 'a/xb', false],
    ['**/b', 'xb', false],
    ['**b', 'a/xb', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['[a-c]x', 'bx', true],
    ['[^a-c]x', 'bx', false],
    ['\\*', '*', true],
    ['\\*', 'a', false],
    ['a.b', 'axb', false],
    ['a+(b)|{c}$', 'a+(b)|{c}$', true],
    ['*\n!README.md', 'README.md', false],
    ['*\n!a/b', 'a/b/c', false],
    ['*\n!a/b', 'a/c', true],
    ['!a\na', 'a', true],
    ['a\n!a\na', 'a', true],
    ['# a\n#b', '#b', false],
    [' \t a  ', 'a', true],
    ['*.log\n! keep.log', 'keep.log', false],
    ['\ufeffa', 'a', true],
    ['a\r\nb\r\n', 'a', true],
    ['', 'a', false],
    ['.', 'a', false],
  ])('%j on %s: %s', (text, path, ignored) => {
    expect(parseIgnore(text).ignores(path)).toBe(ignored);
  });

  it('knows when something below an ignored folder may come back', () => {
    const file = parseIgnore('*\n!src/**/*.ts\n!docs');
    expect(file.mayReinclude('src')).toBe(true);
    expect(file.mayReinclude('src/a/b')).toBe(true);
    expect(file.mayReinclude('docs/a')).toBe(false);
    expect(file.mayReinclude('other')).toBe(false);
    expect(parseIgnore('*').mayReinclude('src')).toBe(false);
  });

  it('gives bad patterns as errors with their line', () => {
    const file = parseIgnore('ok\n[a\n!\n\\', { file: '.dockerignore' });
    expect(file.errors.map(({ message, range }) => [range.file, range.start.line, message])).toEqual([
      ['.dockerignore', 2, 'syntax error in pattern "[a"'],
      ['.dockerignore', 3, 'illegal exclusion pattern: "!"'],
      ['.dockerignore', 4, 'syntax error in pattern "\\\\"'],
    ]);
    expect(file.ignores('ok')).toBe(true);
    expect(() => ignorePatterns(['[a'])).toThrow('syntax error');
  });

  it('comes to an end with a pattern made to be slow', async () => {
    let ignored: boolean | undefined;
    expect(await cpuTime(() => (ignored = ignorePatterns(['**/*a*a*a*a*a*a*a*a*a*a*a*b']).ignores(`${'a'.repeat(2000)}/c`)))).toBeLessThan(5000);
    expect(ignored).toBe(false);
  });
});
