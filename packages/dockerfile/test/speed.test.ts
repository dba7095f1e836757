import { describe, expect, it } from 'vitest';
import { parseDockerfile, resolveStages } from '../src/index.js';

/** CPU time of the fastest of a few rounds, in milliseconds: the machine may be busy with other things. */
function cpu(work: () => unknown, rounds = 5): number {
  let best = Infinity;
  for (let round = 0; round < rounds; round++) {
    const before = process.cpuUsage();
    work();
    const { user, system } = process.cpuUsage(before);
    best = Math.min(best, (user + system) / 1000);
  }
  return best;
}

const size = 1 << 16;
const fill = (text: string) => text.repeat(Math.floor(size / text.length));
const count = (length: number, text: (index: number) => string) => Array.from({ length }, (_, index) => text(index)).join('\n');

const worst: Record<string, string> = {
  'one long line': `FROM a\nRUN ${fill('x ')}`,
  'empty continuations': `FROM a\nRUN ${fill('\\\n')}`,
  continuations: `FROM a\nRUN ${fill('a \\\n')}`,
  'heredocs without an end': fill('RUN <<A\n'),
  'heredocs without an end, each of another name': count(6000, (i) => `RUN <<A${i}`),
  'heredocs in one line': `RUN ${fill('<<A ')}`,
  'files of one COPY': `COPY ${fill('<<A ')} /x`,
  'nested substitutions': `RUN << ${fill('${a:-')}`,
  'nested substitutions in ENV': `FROM a\nENV A=${fill('${a:-')}`,
  quotes: `ENV a=${fill('"\'')}`,
  flags: `RUN ${fill('--a=b ')}`,
  'an array': `CMD [${fill('"a",')}"b"]`,
  'an array that does not end': `CMD [${fill('"a",')}`,
  brackets: `CMD ${fill('[')}`,
  ONBUILD: fill('ONBUILD '),
  'unknown instructions': fill('xyz\n'),
  'carriage returns': fill('\r'),
  'a chain of stages': count(4000, (i) => `FROM s${i - 1} AS s${i}`),
  'labels': `FROM a\n${fill('LABEL a=b\n')}`,
  'ENV that doubles itself': `FROM a\nENV A=xxxxxxxxxxxxxxxx\n${fill('ENV A=$A$A\n')}`,
};

describe('speed', () => {
  it.each(Object.entries(worst))('64 KB of %s parse in under 50 ms', (_, text) => {
    expect(cpu(() => parseDockerfile(text))).toBeLessThan(50);
    const file = parseDockerfile(text);
    expect(cpu(() => resolveStages(file))).toBeLessThan(50);
  });

  it('1 MB parses in under 100 ms', () => {
    const stage = 'FROM golang:1.24 AS build\nWORKDIR /src\nCOPY go.mod go.sum ./\nRUN --mount=type=cache,target=/go/pkg/mod \\\n    set -eux; \\\n    go mod download; \\\n    go build -ldflags "-s -w" -o /out/app ./cmd/app\nENV A=1 B=two C="three four"\nCMD ["--serve", "--port", "8080"]\n';
    const text = stage.repeat(Math.ceil(1e6 / stage.length));
    expect(cpu(() => parseDockerfile(text), 15)).toBeLessThan(100);
  });
});
