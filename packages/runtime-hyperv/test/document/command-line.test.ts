import { describe, expect, it } from 'vitest';
import { commandLine, escapeArgument } from '../../src/document/command-line.js';

describe('arguments', () => {
  it.each([
    ['plain', 'plain'],
    ['', '""'],
    ['a b', '"a b"'],
    ['tab\there', '"tab\there"'],
    ['say "hi"', String.raw`"say \"hi\""`],
    [String.raw`back\slash`, String.raw`back\slash`],
    [String.raw`C:\Program Files\ `.trim(), String.raw`"C:\Program Files\\"`],
    [String.raw`a\"b`, String.raw`"a\\\"b"`],
    [String.raw`\\server\a b`, String.raw`"\\server\a b"`],
  ])('%j is escaped as %s', (arg, escaped) => expect(escapeArgument(arg)).toBe(escaped));

  it('are found again by the rules of CommandLineToArgvW, whatever they are', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    for (let round = 0; round < 500; round++) {
      const args = Array.from({ length: 1 + random(4) }, () => Array.from({ length: random(8) }, () => ['a', ' ', '"', '\\', '\t', 'ü'][random(6)]).join(''));
      expect(split(commandLine({ args: ['x', ...args] }))).toEqual(['x', ...args]);
    }
  });
});

it('a first word that is escaped already stays as it is', () => {
  expect(commandLine({ args: ['cmd /S /C "a b" & c', 'd e'], argsEscaped: true })).toBe('cmd /S /C "a b" & c "d e"');
});

/** CommandLineToArgvW, written anew from its documentation. */
function split(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quoted = false;
  for (let at = 0; at < line.length; ) {
    const backslashes = /^\\*/.exec(line.slice(at))?.[0].length ?? 0;
    const next = line[at + backslashes];
    if (backslashes > 0) {
      word = (word ?? '') + '\\'.repeat(next === '"' ? Math.floor(backslashes / 2) : backslashes);
      at += backslashes;
      if (next === '"' && backslashes % 2 === 1) {
        word += '"';
        at++;
      }
    } else if (next === '"') {
      quoted = !quoted;
      word ??= '';
      at++;
    } else if (!quoted && (next === ' ' || next === '\t')) {
      if (word !== undefined) words.push(word);
      word = undefined;
      at++;
    } else {
      word = (word ?? '') + (next ?? '');
      at++;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}
