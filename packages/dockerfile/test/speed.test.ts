import { describe, expect, it } from 'vitest';
import { lint, parseDockerfile, resolveStages } from '../src/index.js';

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

/** What once took a rule or the shell parser longest. */
const worstToLint: Record<string, string> = {
  ...worst,
  'ARGs that use each other': `${count(3000, (i) => `ARG A${i}=$A${i - 1}`)}\nFROM $A2999`,
  'installs of a compiler': `FROM a\nRUN ${fill('apk add gcc;')}apk del gcc`,
  'archives added, and others unpacked': `FROM a\n${count(1000, (i) => `ADD http://a/a${i}.tgz /`)}\nRUN ${fill('tar xf a.tgz;').slice(0, 30000)}`,
  'archives downloaded': `FROM a\nRUN ${fill('curl -O http://a/b.tgz;')}`,
  'here-documents of the shell': `FROM a\nRUN a ${fill('<<-E ')}`,
  'nested substitutions of commands': `FROM a\nRUN ${fill('$(')}`,
  'files copied, then made over': `FROM a\n${count(1500, (i) => `COPY a /x${i}\nRUN chown a /x${i}`)}`,
  'skips of a stage': fill('# check=skip=a\nFROM a\n'),
  'a variable of many words, used often': `FROM a\nARG A="${'a '.repeat(2000)}"\nRUN x ${fill('$A ')}`,
  'ignored findings': fill('# hadolint ignore=a,b\nRUN apt-get install x\n'),
};

describe('speed', () => {
  // No input takes a tenth of this on a machine that does nothing else; what grows with the square takes longer on any.
  it.each(Object.entries(worstToLint))('64 KB of %s are linted in under 2 s', async (_, text) => {
    const file = parseDockerfile(text);
    await lint(parseDockerfile('FROM a'));
    const before = process.cpuUsage();
    await lint(file);
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1000).toBeLessThan(2000);
  });

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
