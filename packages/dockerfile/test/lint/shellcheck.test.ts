import { describe, expect, it } from 'vitest';
import { lint, parseDockerfile, parseHadolintConfig, parseLintConfig, type Finding, type LintConfig, type ShellScript } from '../../src/index.js';

/** A ShellCheck that says one thing of every place where a script has a text, as the real one counts: by characters, from 1. */
function saying(text: string, more: object = {}) {
  const asked: ShellScript[] = [];
  const shellcheck = (scripts: readonly ShellScript[]): string => {
    asked.push(...scripts);
    const comments = scripts.flatMap(({ name, text: script }) =>
      script.split('\n').flatMap((line, index) => {
        const at = line.indexOf(text);
        const column = Array.from(line.slice(0, at)).length + 1;
        return at < 0 ? [] : [{ file: name, line: index + 1, endLine: index + 1, column, endColumn: column + Array.from(text).length, level: 'warning', code: 2046, message: 'Quote this to prevent word splitting.', fix: null, ...more }];
      }),
    );
    return JSON.stringify({ comments });
  };
  return { asked, shellcheck };
}

const found = async (text: string, config: LintConfig): Promise<Finding[]> => (await lint(parseDockerfile(text), config)).filter(({ code }) => code.startsWith('SC'));

describe('ShellCheck', () => {
  it.each([
    ['a plain line', 'FROM a:1\nRUN echo X\n'],
    ['a line that continues', 'FROM a:1\nRUN --mount=type=cache,target=/x set -e; \\  \n\techo ü😀; \\\n # why\n\n  echo X\nUSER 1\n'],
    ['CRLF', 'FROM a:1\r\nRUN true && \\\r\n  echo X\r\n'],
    ['a byte order mark', '\ufeffFROM a:1\nRUN echo X\n'],
    ['a heredoc', 'FROM a:1\nRUN <<EOF\n#!/bin/bash\n\techo X\nEOF\n'],
    ['a heredoc of a command', 'FROM a:1\nRUN cat <<EOF > /x && true\n$(X)\nEOF\n'],
    ['ONBUILD', 'FROM a:1\nONBUILD RUN echo X\n'],
    ['a backtick as escape', '# escape=`\nFROM a:1\nSHELL ["bash", "-c"]\nRUN true; `\n  echo X\n'],
  ])('gives places in the Dockerfile: %s', async (_, text) => {
    const [finding, ...others] = await found(text, saying('X'));
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'SC2046', severity: 'warning', message: 'Quote this to prevent word splitting', also: [] });
    const { start, end } = finding?.range ?? { start: { offset: 0, line: 0, column: 0 }, end: { offset: 0 } };
    expect([start.offset, end.offset]).toEqual([text.indexOf('X'), text.indexOf('X') + 1]);
    const before = text.slice(text.startsWith('\ufeff') ? 1 : 0, start.offset).split('\n');
    expect([start.line, start.column]).toEqual([before.length, (before.at(-1)?.length ?? 0) + 1]);
  });

  it('is told the shell, and what the Dockerfile sets', async () => {
    const { asked, shellcheck } = saying('none');
    await found('ARG one=1\nFROM alpine:3 AS a\nENV two=2 in-valid=3\nRUN true\nSHELL ["/bin/ash", "-c"]\nRUN true\nSHELL ["/bin/bash", "-o", "pipefail", "-c"]\nRUN true\nRUN <<EOF\n#!/usr/bin/env -S ksh -e\ntrue\nEOF\nRUN <<-EOF\n\t#!/bin/dash\n\ttrue\nEOF\nRUN cat <<EOF >/x.py\n#!/usr/bin/python3\nEOF\n', { shellcheck });
    expect(asked.map(({ text }) => text.split('\n')[0])).toEqual(['#!/bin/sh', '#!/bin/dash', '#!/bin/bash', '#!/bin/ksh', '#!/bin/dash', '#!/bin/bash']);
    expect(asked[0]?.text.split('\n')[1]).toMatch(/^export .*\bHTTP_PROXY=1 .*\bone=1 two=1$/);
    expect(asked[3]?.text.split('\n')[2]?.trim()).toBe('');
  });

  it('is not asked about what it cannot read', async () => {
    const { asked, shellcheck } = saying('none');
    await found('FROM a:1\nRUN ["x"]\nRUN <<EOF\n#!/usr/bin/python3\nprint(1)\nEOF\nRUN <<-EOF\n\t#!/usr/bin/env python3\n\tprint(1)\nEOF\nSHELL ["pwsh", "-c"]\nRUN x\nSHELL ["zsh", "-c"]\nRUN x\n', { shellcheck });
    expect(asked).toEqual([]);
  });

  it('is ignored and overridden as rules are', async () => {
    const text = 'FROM a:1\n# hadolint ignore=SC2046\nRUN echo X\nRUN echo X\n';
    const { shellcheck } = saying('X');
    expect((await found(text, { shellcheck })).map(({ range }) => range.start.line)).toEqual([4]);
    expect(await found(`# check=skip=SC2046\n${text}`, { shellcheck })).toEqual([]);
    expect(await found(`${text}# hadolint global ignore=sc2046\n`, { shellcheck })).toEqual([]);
    expect(await found(text, { shellcheck, ...(await parseHadolintConfig('ignored: [SC2046]')) })).toEqual([]);
    expect((await found(text, { shellcheck, ...(await parseHadolintConfig('override: {error: [SC2046]}')) })).map(({ severity }) => severity)).toEqual(['error']);
    expect(await found(text, { shellcheck, ...parseLintConfig('{"shellcheck": false}') })).toEqual([]);
    expect(parseLintConfig('{"shellcheck": true}')).not.toHaveProperty('shellcheck');
  });

  it.each([1090, 1091, 2187])('leaves out SC%d, which makes no sense in a RUN', async (code) => {
    expect(await found('FROM a:1\nRUN echo X\n', saying('X', { code }))).toEqual([]);
  });

  it.each([
    ['', /^ShellCheck's answer cannot be read: /],
    ['{}', /^ShellCheck's answer has no comments$/],
    ['{"comments":[1]}', /^ShellCheck's answer cannot be read: a comment is no object$/],
    ['{"comments":[{"level":"loud"}]}', /a comment has no right level$/],
  ])('says what is wrong with the answer %j', async (answer, message) => {
    await expect(lint(parseDockerfile('FROM a:1\nRUN x\n'), { shellcheck: () => answer })).rejects.toMatchObject({ name: 'DockerfileError', message: expect.stringMatching(message) as string });
  });

  it('may point anywhere', async () => {
    for (const place of [{ line: 3, column: 1e9, endLine: 3, endColumn: 1 }, { line: 1e6, column: -5, endLine: -1, endColumn: 0 }]) {
      const [finding] = await found('FROM a:1\nRUN X\n', saying('X', place));
      expect(finding?.range.start.offset ?? 0).toBeLessThanOrEqual('FROM a:1\nRUN X\n'.length);
      expect(finding?.range.end.offset ?? 0).toBeGreaterThanOrEqual(finding?.range.start.offset ?? 0);
    }
  });
});
