import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Sandbox } from './support.js';

describe('caisson lint', () => {
  let box: Sandbox;
  beforeAll(() => {
    box = new Sandbox();
  });
  afterAll(() => box.dispose());

  it('ends with 0 when there is nothing to say, with 1 when there is', () => {
    const cwd = box.tree('a', { Dockerfile: 'FROM alpine:3.20\nCMD ["a"]\n', bad: 'FROM alpine\nCMD a\n' });
    expect(box.run(['lint'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
    const both = box.run(['lint', '--format', 'gnu', 'Dockerfile', 'bad'], { cwd });
    expect(both.code).toBe(1);
    expect(both.stdout).toMatch(/^bad:1:6: DL3006 warning: .*\nbad:2:1: JSONArgsRecommended warning: .*\n$/);
    expect(box.run(['lint', '-t', 'error', 'bad'], { cwd }).code).toBe(0);
    expect(box.run(['lint', '--ignore', 'DL3006', '--ignore', 'DL3025', 'bad'], { cwd }).code).toBe(0);
  });

  it('reads standard input', () => {
    expect(box.run(['lint', '-f', 'json', '-'], { input: 'FROM alpine\n' })).toMatchObject({ code: 1, stdout: expect.stringContaining('"file":"-","line":1,"column":6') as string });
  });

  it('mends files, and standard input onto standard output', () => {
    const cwd = box.tree('fix', { Dockerfile: 'from alpine:3.20 AS Base\nENV A b c\n' });
    expect(box.run(['lint', '--fix'], { cwd }).stdout).toBe('');
    expect(readFileSync(box.path('fix/Dockerfile'), 'utf8')).toBe('FROM alpine:3.20 AS base\nENV A="b c"\n');
    expect(box.run(['lint', '--fix', '-'], { input: 'FROM alpine\nEXPOSE 80/TCP\n' })).toMatchObject({ code: 1, stdout: 'FROM alpine\nEXPOSE 80/tcp\n', stderr: expect.stringContaining('DL3006') as string });
  });

  it('takes .hadolint.yaml and caisson.lint.json of the folder, and .dockerignore', () => {
    const cwd = box.tree('config', {
      Dockerfile: 'FROM alpine\nCOPY notes.md /\nCMD a\n',
      '.hadolint.yaml': 'ignored: [DL3006]\n',
      'caisson.lint.json': '{"rules": {"JSONArgsRecommended": "off", "DL3025": "off"}}',
      '.dockerignore': '*.md\n',
    });
    expect(box.run(['lint', '-f', 'gnu'], { cwd }).stdout).toMatch(/^Dockerfile:2:6: CopyIgnoredFile warning: .*\n$/);
  });

  it('writes in the format of .hadolint.yaml where no other is asked for', () => {
    const cwd = box.tree('format', { Dockerfile: 'FROM alpine\n', '.hadolint.yaml': 'format: gitlab_codeclimate\nstrict-labels: true\nlabel-schema: { a: text }\n', 'caisson.lint.json': '{"failureThreshold": "none", "rules": {"DL3049": "off"}}' });
    expect(box.run(['lint'], { cwd })).toMatchObject({ code: 0, stdout: expect.stringMatching(/^\[\{"type":"issue","check_name":"DL3006"/) as string });
    expect(box.run(['lint', '-f', 'gnu'], { cwd }).stdout).toMatch(/^Dockerfile:1:6: DL3006 warning: .*\n$/);
  });

  it.skipIf(spawnSync('shellcheck', ['--version']).error !== undefined)('shows what ShellCheck says of RUN (needs shellcheck)', () => {
    const text = 'FROM debian:12\nRUN set -e; \\\n    rm -rf $(ls /tmp)\n';
    const cwd = box.tree('shell', { Dockerfile: text, off: text.replace('RUN', '# hadolint ignore=SC2046\nRUN'), 'never.json': '{"shellcheck": false}' });
    expect(box.run(['lint', '-f', 'gnu'], { cwd })).toMatchObject({ code: 1, stdout: expect.stringMatching(/^Dockerfile:3:12: SC2046 warning: Quote this to prevent word splitting\n$/) as string, stderr: '' });
    expect(box.run(['lint', '-f', 'sarif'], { cwd }).stdout).toContain('"ruleId":"SC2046"');
    for (const args of [['off'], ['--no-shellcheck'], ['-c', 'never.json'], ['--ignore', 'SC2046']]) expect(box.run(['lint', ...args], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
  });

  it('does without ShellCheck where there is none, and says so where it fails', () => {
    const cwd = box.tree('without', { Dockerfile: 'FROM debian:12\nRUN rm -rf $(ls /tmp)\n' });
    box.write('failing/shellcheck', '#!/bin/sh\necho "out of order" >&2\nexit 3\n', 0o755);
    const { PATH } = box.env;
    try {
      box.env['PATH'] = box.path('nowhere');
      expect(box.run(['lint'], { cwd })).toEqual({ code: 0, stdout: '', stderr: '' });
      box.env['PATH'] = `${box.path('failing')}:/bin:/usr/bin`;
      const { code, stderr } = box.run(['lint'], { cwd });
      expect(code).toBe(1);
      expect(stderr).toMatch(/ShellCheck could not read the RUN instructions: out of order\n.*--no-shellcheck/);
    } finally {
      box.env['PATH'] = PATH;
    }
  });

  it('says in one line what is wrong with its arguments', () => {
    box.write('broken.json', '{"rule": 1}');
    box.write('slip.json', '{"rules": {"SC2046": "off", "DL308": "off"}}');
    for (const [args, message] of [
      [['lint', 'none'], 'no such file or directory while reading none'],
      [['lint', '-f', 'yaml', '-'], 'there is no format "yaml"'],
      [['lint', '-t', 'high', '-'], 'there is no severity "high"'],
      [['lint', '-c', box.path('broken.json'), '-'], 'unknown key "rule"'],
      [['lint', '-c', box.path('slip.json'), '-'], 'slip.json: there is no rule "DL308"'],
      [['lint', '--ignore', 'StageNameCase', '-'], '--ignore: there is no rule "StageNameCase"'],
      [['lint', box.path('.')], 'is a folder'],
    ] as const) {
      const { code, stderr } = box.run(args, { input: '' });
      expect(code).toBe(1);
      expect(stderr.split('\n')[0]).toContain(message);
    }
  });
});
