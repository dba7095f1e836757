import { describe, expect, it } from 'vitest';
import { lint, lintFix, parseDockerfile, print, resolveStages, StageScope } from '../src/index.js';

/** The same numbers in every run. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const pieces = [
  'FROM a:1 AS b', 'FROM', 'RUN', 'COPY', 'ADD', 'ENV', 'ARG X=1', 'LABEL', 'ONBUILD', 'HEALTHCHECK', 'CMD', 'SHELL', 'EXPOSE', 'USER', 'WORKDIR', 'VOLUME', '# escape=`', '# check=skip=all', '# hadolint ignore=DL3008',
  ' --mount=type=cache,target=/x', ' --from=b', ' --chmod=u+x', ' --', ' -- ', ' a b', ' "', " '", ' $X', ' ${X:-', '}', ' ${X##*/}', ' ["a", "b"]', ' [', ' ]', ' <<EOF', ' <<-"E F"', '\nEOF\n', '\n', '\n\n', '\r\n', ' \\\n', ' `\n', '\\', '`', '\t', ' apt-get install curl', ' && ', ' | ', '; ', ' $(', ')', ' sh -c \'', ' if ', ' then ', ' fi', ' npm ci', '=', ' a=b', '\ufeff', '\0', 'ü', '\u{1f600}', '\ud800', '\u2028', '\u0085', '#', ' #c\n',
];

function document(seed: number): string {
  const next = random(seed);
  return Array.from({ length: next(60) }, () => pieces[next(pieces.length)]).join('');
}

describe('any text', () => {
  it('gives a result whose parts are where they say, and prints as it was', async () => {
    for (let seed = 1; seed <= 1500; seed++) {
      const text = document(seed);
      const file = parseDockerfile(text);
      expect(print(file), text).toBe(text);
      let end = 0;
      for (const { range, text: own } of file.instructions) {
        expect(range.start.offset, text).toBeGreaterThanOrEqual(end);
        expect(text.slice(range.start.offset, range.end.offset), text).toBe(own);
        end = range.end.offset;
      }
      for (const stage of resolveStages(file).stages) {
        const scope = new StageScope({ escape: file.escape });
        for (const instruction of stage.instructions) {
          try {
            scope.apply(instruction);
          } catch (error) {
            expect(error, text).toMatchObject({ name: 'DockerfileError' });
          }
        }
      }
      for (const { range } of await lint(file)) expect(range.end.offset, text).toBeLessThanOrEqual(text.length);
    }
  });

  it('is fixed once and for all', async () => {
    for (let seed = 2000; seed <= 2400; seed++) {
      const text = document(seed);
      const once = await lintFix(text);
      expect(await lintFix(once.text), text).toEqual({ text: once.text, fixed: 0 });
    }
  });

  it('may be any bytes', () => {
    for (let seed = 1; seed <= 300; seed++) {
      const next = random(seed);
      const bytes = Uint8Array.from({ length: next(400) }, () => next(256));
      const file = parseDockerfile(bytes);
      expect(print(file)).toBe(file.source);
    }
    const bad = parseDockerfile(Uint8Array.of(...new TextEncoder().encode('FROM a\nRUN '), 0xff, 10));
    expect(bad.errors).toMatchObject([{ code: 'encoding', range: { start: { line: 2, column: 5 } } }]);
  });
});
