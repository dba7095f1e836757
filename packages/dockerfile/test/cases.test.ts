import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lint, lintFix, parseDockerfile, print, type SourceRange } from '../src/index.js';
import { summary } from './summary.js';

const folder = new URL('cases/', import.meta.url);

/** UPDATE_CASES=1 writes what is found; look at every line of the difference before you keep it. */
const update = process.env['UPDATE_CASES'] === '1';

const inside = ({ start, end }: SourceRange, text: string) => start.offset <= end.offset && end.offset <= text.length && start.line <= end.line && start.column >= 1;

describe.each(readdirSync(folder))('%s', (name) => {
  const bytes = readFileSync(new URL(`${name}/Dockerfile`, folder));
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
  const file = parseDockerfile(bytes);

  it('parses and lints as expected', async () => {
    const found = summary(file, await lint(file));
    const path = new URL(`${name}/expected.json`, folder);
    if (update) writeFileSync(path, `${JSON.stringify(found, null, 2)}\n`);
    expect(found).toEqual(JSON.parse(readFileSync(path, 'utf8')));
  });

  it('prints the same text', () => {
    expect(file.source).toBe(text);
    expect(print(file)).toBe(text);
  });

  it('has ranges that lie in the text and hold what they say', async () => {
    for (const one of file.instructions) {
      expect(text.slice(one.range.start.offset, one.range.end.offset)).toBe(one.text);
      for (const { range } of [...one.args, ...one.flags]) expect(inside(range, text)).toBe(true);
      for (const heredoc of one.heredocs) expect(text.slice(heredoc.bodyRange.start.offset, heredoc.bodyRange.end.offset)).toBe(heredoc.content);
    }
    for (const { range } of [...file.errors, ...(await lint(file))]) expect(inside(range, text)).toBe(true);
  });

  it('is fixed once and for all', async () => {
    const once = await lintFix(text);
    expect(await lintFix(once.text)).toEqual({ text: once.text, fixed: 0 });
    expect(parseDockerfile(once.text).errors.map(({ message }) => message)).toEqual(file.errors.map(({ message }) => message));
  });
});
