import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lint, lintRules, mergeLintConfig, parseDockerfile, parseHadolintConfig, parseLintConfig, type LintConfig } from '../../src/index.js';

const codes = async (text: string, config?: LintConfig) => (await lint(parseDockerfile(text), config)).map(({ code, severity }) => `${code} ${severity}`);

describe('lint', () => {
  it('gives errors of the parser as findings that nothing switches off', async () => {
    expect(await codes('# check=skip=all\nFROM a:1\nRUNN x\n')).toEqual(['parse/unknown-instruction error']);
  });

  it('shows one finding where two rules say the same, under both names', async () => {
    const [finding] = await lint(parseDockerfile('FROM a:1\nCMD x\n'));
    expect(finding).toMatchObject({ code: 'JSONArgsRecommended', also: ['DL3025'] });
    expect(await codes('FROM a:1\nCMD x\n', { rules: { JSONArgsRecommended: 'off' } })).toEqual(['DL3025 warning']);
  });

  it('obeys the config under either name of such a finding', async () => {
    expect(await codes('FROM a:1\nCMD x\n', { rules: { DL3025: 'off' } })).toEqual([]);
    expect(await codes('FROM a:1\nCMD x\n', { rules: { DL3025: 'style' } })).toEqual(['JSONArgsRecommended style']);
    expect(await codes('FROM a:1\nCMD x\n', { rules: { DL3025: 'off', JSONArgsRecommended: 'error' } })).toEqual(['JSONArgsRecommended error']);
    expect(await codes('FROM a:1\nCMD ["x"]\nCMD ["y"]\nENTRYPOINT ["x"]\nENTRYPOINT ["y"]\n', { rules: { DL4003: 'off' } })).toEqual(['MultipleInstructionsDisallowed warning']);
    expect(await codes('RUN x\n', { rules: { DL3061: 'off' } })).toEqual(['parse/order error']);
  });

  it('takes severities and switches from the config, case aside', async () => {
    expect(await codes('FROM a\n', { rules: { dl3006: 'error' } })).toEqual(['DL3006 error']);
    expect(await codes('FROM a\n', { rules: { DL3006: 'off', DL3057: 'info' } })).toEqual(['DL3057 info']);
  });

  it('raises build checks to errors for check=error=true, and switches experimental ones on', async () => {
    expect(await codes('# check=error=true\nFROM a:1\nCMD x\n')).toEqual(['JSONArgsRecommended error']);
    expect(await codes('# check=experimental=all\n\n# what\nFROM a:1 AS b\n')).toEqual(['InvalidDefinitionDescription warning']);
  });

  it('takes no notice of pragmas where the config says so', async () => {
    const text = 'FROM a:1\n# hadolint ignore=DL3025\nCMD x\n';
    expect(await codes(text)).toEqual([]);
    expect(await codes(text, { disableIgnorePragma: true })).toEqual(['JSONArgsRecommended warning']);
  });

  it('works in a file without FROM and in one with errors', async () => {
    expect(await codes('RUN x\nFROM a:1 AS b\nWORKDIR /w\nFROM b\nCOPY x y\n')).toEqual(['parse/order error']);
    expect(await codes('RUN apt-get install curl\n')).toEqual(expect.arrayContaining(['parse/order error', 'DL3014 warning', 'DL3008 warning']));
  });
});

describe('config', () => {
  it('reads .hadolint.yaml as it is', async () => {
    const config = await parseHadolintConfig(
      'ignored:\n  - DL3008\noverride:\n  error: [DL3015]\n  style:\n    - DL3006\nfailure-threshold: warning\ntrustedRegistries:\n  - docker.io\nlabel-schema:\n  author: email\nstrict-labels: true\nno-color: true\n',
    );
    expect(config).toEqual({ rules: { DL3008: 'off', DL3015: 'error', DL3006: 'style' }, failureThreshold: 'warning', trustedRegistries: ['docker.io'], labelSchema: { author: 'email' }, strictLabels: true, disableIgnorePragma: false, color: false });
    expect(await parseHadolintConfig('')).toEqual({});
    expect((await parseHadolintConfig('format: sarif')).format).toBe('sarif');
    expect((await parseHadolintConfig('no-fail: true')).failureThreshold).toBe('none');
  });

  it.each([
    ['a: [', 'Flow'],
    ['- a', 'must be a mapping'],
    ['ignore: [DL3008]', 'unknown key "ignore"'],
    ['ignored: DL3008', 'ignored must be a list'],
    ['label-schema: { a: x }', 'label-schema.a has an unknown type'],
    ['failure-threshold: high', 'failure-threshold must be one of'],
    ['override: { eror: [DL3008] }', 'override.eror is none of error, warning, info, style'],
    ['format: [json]', 'format must be a name'],
    ['a: &a [*a, *a]', 'unknown key'],
  ])('refuses %j', async (text, message) => expect(parseHadolintConfig(text)).rejects.toThrow(message));

  it('reads caisson.lint.json', () => {
    const text = '{"$schema": "x", "rules": {"DL3008": "off", "size/deleted-later": "error"}, "failureThreshold": "error", "buildArgs": {"V": "1"}}';
    expect(parseLintConfig(text)).toMatchObject({ rules: { DL3008: 'off', 'size/deleted-later': 'error' }, failureThreshold: 'error', buildArgs: { V: '1' } });
    expect(mergeLintConfig(parseLintConfig(text), { rules: { DL3008: 'info' } }).rules).toEqual({ DL3008: 'info', 'size/deleted-later': 'error' });
  });

  it.each([
    ['{', 'JSON'],
    ['[]', 'must be an object'],
    ['{"rule": {}}', 'unknown key "rule"'],
    ['{"rules": {"DL3008": "on"}}', 'rules.DL3008 must be off, error, warning, info, style'],
    ['{"strictLabels": 1}', 'strictLabels must be true or false'],
    ['{"failureThreshold": "x"}', 'failureThreshold must be one of'],
    ['{"buildArgs": {"V": 1}}', 'buildArgs.V must be a string'],
  ])('refuses %j', (text, message) => expect(() => parseLintConfig(text)).toThrow(message));

  it('keeps of .hadolint.yaml what caisson.lint.json does not say', async () => {
    const first = await parseHadolintConfig('strict-labels: true\ntrustedRegistries: [docker.io]\ndisable-ignore-pragma: true\nlabel-schema: { a: url }\n');
    expect(mergeLintConfig(first, parseLintConfig('{"rules": {"DL3008": "off"}, "strictLabels": false}'))).toEqual({ ...first, rules: { DL3008: 'off' }, strictLabels: false });
  });

  it('has a schema that names every rule and every key', async () => {
    const schema = JSON.parse(readFileSync(new URL('../../caisson.lint.schema.json', import.meta.url), 'utf8')) as { properties: Record<string, { properties?: Record<string, unknown> }> };
    expect(Object.keys(schema.properties).sort()).toEqual(['$schema', 'buildArgs', 'disableIgnorePragma', 'failureThreshold', 'labelSchema', 'rules', 'shellcheck', 'strictLabels', 'trustedRegistries']);
    expect(Object.keys(schema.properties['rules']?.properties ?? {}).sort()).toEqual((await lintRules()).map(({ code }) => code).sort());
  });
});
