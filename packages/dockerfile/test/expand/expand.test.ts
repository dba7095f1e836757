import { describe, expect, it } from 'vitest';
import { expandHeredoc, expandWord, expandWords } from '../../src/index.js';

const values: Readonly<Record<string, string>> = { x: 'foobarbaz', empty: '', path: '/usr/local/bin', two: 'a b', ünï: 'code', glob: 'a*b' };
const lookup = (name: string) => values[name];

describe('expandWord', () => {
  it.each([
    ['plain', 'plain'],
    ['$x', 'foobarbaz'],
    ['${x}y', 'foobarbazy'],
    ['$xy', ''],
    ['$x-y', 'foobarbaz-y'],
    ['$ünï', 'code'],
    ['$', '$'],
    ['a$', 'a$'],
    ['$1', ''],
    ['$10', ''],
    ['\\$x', '$x'],
    ['\\\\$x', '\\foobarbaz'],
    ["'$x'", '$x'],
    ['"$x \' y"', "foobarbaz ' y"],
    ['"a\\"b\\$x\\n"', 'a"b$x\\n'],
    ["a'b'\"c\"", 'abc'],
    ['${empty:-d}', 'd'],
    ['${empty-d}', ''],
    ['${none:-d}', 'd'],
    ['${none-d}', 'd'],
    ['${none:-${x}}', 'foobarbaz'],
    ['${none:-a b}', 'a b'],
    ['${x:+y}', 'y'],
    ['${empty:+y}', ''],
    ['${empty+y}', 'y'],
    ['${none+y}', ''],
    ['${x?no}', 'foobarbaz'],
    ['${empty?no}', ''],
    ['${x#foo}', 'barbaz'],
    ['${x#*ba}', 'rbaz'],
    ['${x##*ba}', 'z'],
    ['${x#bar}', 'foobarbaz'],
    ['${x%ba*}', 'foobar'],
    ['${x%%ba*}', 'foo'],
    ['${x%???}', 'foobar'],
    ['${x/ba/BA}', 'fooBArbaz'],
    ['${x//ba/BA}', 'fooBArBAz'],
    ['${x//ba?/_}', 'foo__'],
    ['${x/b*r/_}', 'foo_baz'],
    ['${x//o/}', 'fbarbaz'],
    ['${path//\\//-}', '-usr-local-bin'],
    ['${glob/\\*/+}', 'a+b'],
    ['${path##*/}', 'bin'],
    ['${path%/*}', '/usr/local'],
  ])('%s is %s', (word, expected) => {
    expect(expandWord(word, lookup).value).toBe(expected);
  });

  it.each([
    ['${none:?gone}', 'none: gone'],
    ['${none?}', 'none: is not allowed to be unset'],
    ['${empty:?}', 'empty: is not allowed to be empty'],
    ['${', "syntax error: missing '}'"],
    ['${x', "syntax error: missing '}'"],
    ['${x:-', "syntax error: missing '}'"],
    ['${}', 'syntax error: bad substitution'],
    ['${:x}', 'syntax error: bad substitution'],
    ['${{x}', 'syntax error: bad substitution'],
    ['${x^^}', 'unsupported modifier (^) in substitution'],
    ['${x:q}', 'unsupported modifier (:q) in substitution'],
    ['${x/a}', "syntax error: missing '/' in ${}"],
    ["'x", 'unexpected end of statement while looking for matching single-quote'],
    ['"x', 'unexpected end of statement while looking for matching double-quote'],
    ['${x#\\q}', "invalid pattern (\\q) in substitution: invalid escape '\\q'"],
  ])('%s is an error', (word, message) => {
    expect(() => expandWord(word, lookup)).toThrow(expect.objectContaining({ name: 'DockerfileError', code: 'expansion', message }));
  });

  it('takes the backtick as the escape character', () => {
    expect(expandWord('C:\\dir\\`$x', lookup, { escape: '`' }).value).toBe('C:\\dir\\$x');
    expect(expandWord('C:\\$x', lookup, { escape: '`' }).value).toBe('C:\\foobarbaz');
  });

  it('tells which variables were used and which had no value', () => {
    const { used, undefined: missing } = expandWord('$x $none ${other:-y} ${last#a}', lookup);
    expect([...used]).toEqual(['x']);
    expect([...missing]).toEqual(['none', 'last']);
  });

  it('splits at unquoted space, also from a variable', () => {
    expect(expandWords('$two "c d" e\\ f  $empty', lookup).values).toEqual(['a', 'b', 'c d', 'e f']);
  });

  it('keeps quotes in a heredoc', () => {
    expect(expandHeredoc('say "$x" \\$x \'${empty:-d}\'\n', lookup).value).toBe('say "foobarbaz" $x \'d\'\n');
  });

  it('refuses what would not end', () => {
    expect(() => expandWord('${a:-'.repeat(5000), lookup)).toThrow('nested more than 100 deep');
    const big = 'x'.repeat(600_000);
    expect(() => expandWord('$a$a', () => big)).toThrow('larger than 1 MiB');
    expect(() => expandWord(`\${x#${'?'.repeat(2000)}}`, lookup)).toThrow('more than 1024');
  });
});
