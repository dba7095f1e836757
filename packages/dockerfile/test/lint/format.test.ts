import { beforeAll, describe, expect, it } from 'vitest';
import { formatFindings, isFormat, lint, parseDockerfile, type Format, type LintResult } from '../../src/index.js';

const text = 'FROM a:1 as b\n\tCMD x <&>"\'\u0007\n';
let results: LintResult[];
beforeAll(async () => {
  const file = parseDockerfile(text);
  const clean = parseDockerfile('FROM a:1\n');
  results = [{ path: 'dir/Docker file', file, findings: await lint(file) }, { path: 'ok', file: clean, findings: await lint(clean) }];
});
const format = (name: Format, options = {}) => formatFindings(name, results, options);

describe('formats', () => {
  it('tty shows the line with carets', () => {
    expect(format('tty')).toBe(
      [
        "dir/Docker file:1:10 warning FromAsCasing 'as' and 'FROM' keywords' casing do not match",
        '    1 | FROM a:1 as b',
        '      |          ^^',
        '      = --fix does it',
        'dir/Docker file:2:2 warning JSONArgsRecommended, DL3025 JSON arguments recommended for CMD to prevent unintended behavior related to OS signals',
        '    2 |  CMD x <&>"\'\ufffd',
        '      |  ^^^^^^^^^^^^',
        '',
        '2 warnings',
        '',
      ].join('\n'),
    );
    expect(format('tty', { color: true })).toContain('\u001b[33m^^\u001b[0m');
    expect(formatFindings('tty', [])).toBe('');
  });

  it('gnu is a line each', () => {
    expect(format('gnu').split('\n')).toHaveLength(3);
    expect(format('gnu')).toMatch(/^dir\/Docker file:1:10: FromAsCasing warning: /);
  });

  it('json has what hadolint has, and the fix', () => {
    expect(JSON.parse(format('json'))).toMatchObject([{ file: 'dir/Docker file', line: 1, column: 10, level: 'warning', code: 'FromAsCasing', fix: [{ start: 9, end: 11, text: 'AS' }] }, { line: 2, also: ['DL3025'] }]);
  });

  it('sarif is of version 2.1.0', () => {
    const log = JSON.parse(format('sarif', { version: '1.2.3' })) as { version: string; runs: { tool: object; results: { ruleId: string; level: string; locations: object[] }[] }[] };
    expect(log.version).toBe('2.1.0');
    expect(log.runs[0]?.tool).toMatchObject({ driver: { name: 'caisson', version: '1.2.3', rules: [{ id: 'FromAsCasing' }, { id: 'JSONArgsRecommended' }] } });
    expect(log.runs[0]?.results[0]).toMatchObject({ ruleId: 'FromAsCasing', ruleIndex: 0, level: 'warning', locations: [{ physicalLocation: { artifactLocation: { uri: 'dir/Docker%20file' }, region: { startLine: 1, startColumn: 10, endLine: 1, endColumn: 12 } } }] });
  });

  it('codeclimate has a fingerprint of its own for each', () => {
    const issues = JSON.parse(format('codeclimate')) as { fingerprint: string }[];
    expect(issues).toMatchObject([{ type: 'issue', check_name: 'FromAsCasing', severity: 'major', location: { lines: { begin: 1 } } }, {}]);
    expect(new Set(issues.map((issue) => issue.fingerprint)).size).toBe(2);
    expect(issues[0]?.fingerprint).toMatch(/^[0-9a-f]{16}$/);
  });

  it('sonarqube counts columns from 0', () => {
    expect(JSON.parse(format('sonarqube'))).toMatchObject({ issues: [{ ruleId: 'FromAsCasing', severity: 'MAJOR', primaryLocation: { filePath: 'dir/Docker file', textRange: { startLine: 1, endLine: 1, startColumn: 9, endColumn: 11 } } }, {}] });
  });

  it('checkstyle and junit are well-formed', () => {
    expect(format('checkstyle')).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<checkstyle version="4.3">\n<file name="dir/Docker file">\n<error line="1" column="10" severity="warning" message="&#39;as&#39; and &#39;FROM&#39; keywords&#39; casing do not match" source="FromAsCasing"/>\n<error line="2" column="2" severity="warning" message="JSON arguments recommended for CMD to prevent unintended behavior related to OS signals" source="JSONArgsRecommended"/>\n</file>\n<file name="ok">\n</file>\n</checkstyle>\n',
    );
    const junit = formatFindings('junit', [{ ...results[0], path: '<a&"\u0001\n>' } as LintResult, ...results.slice(1)]);
    expect(junit).toContain('<testsuite name="&#60;a&#38;&#34;\ufffd&#10;&#62;" tests="2" failures="2">');
    expect(junit).toContain('<testsuite name="ok" tests="1" failures="0">\n<testcase name="lint" classname="ok"/>');
  });

  it('knows its names', () => {
    expect([isFormat('sarif'), isFormat('toString')]).toEqual([true, false]);
  });
});
