import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../parse/parse.js';
import { LintContext } from '../context.js';
import { fixText } from '../fix.js';
import { concerns, needsOf, presentIn } from '../needs.js';
import type { Rule } from '../rule.js';
import { rules } from './index.js';

const folder = new URL('.', import.meta.url);
const cases = new Map<string, { fires: string[]; quiet: string[] }>();
for (const name of readdirSync(folder)) if (name.endsWith('.cases.json')) cases.set(name.slice(0, -11), JSON.parse(readFileSync(new URL(name, folder), 'utf8')) as { fires: string[]; quiet: string[] });

const fires = (rule: Rule, text: string) => {
  let count = 0;
  rule.check(new LintContext(parseDockerfile(text), rule.exampleConfig ?? {}, () => count++));
  return count > 0;
};

/** Every Dockerfile of the tests. */
const texts = [...[...cases.values()].flatMap((one) => [...one.fires, ...one.quiet]), ...rules.flatMap((rule) => [rule.bad, rule.good])];

describe.each(rules.map((rule) => [rule.code, rule] as const))('%s', (code, rule) => {
  const own = cases.get(code.replace('/', '-'));
  cases.delete(code.replace('/', '-'));

  it.each([rule.bad, ...(own?.fires ?? [])])('fires on %j', (text) => expect(fires(rule, text)).toBe(true));
  it('says rightly which files it need not look at', () => {
    for (const text of texts) if (fires(rule, text)) expect(concerns(needsOf(rule), presentIn(new LintContext(parseDockerfile(text), rule.exampleConfig ?? {}, () => {}))), text).toBe(true);
  });

  it.each([rule.good, ...(own?.quiet ?? [])])('is quiet on %j', (text) => expect(fires(rule, text)).toBe(false));

  it('says one thing in one sentence, and why', () => {
    expect(rule.title).toMatch(/^.{10,120}[^.]$/);
    expect(rule.why).toMatch(/^[^\n]{10,300}\.$/);
  });

  it('has examples that the parser takes', () => {
    expect(parseDockerfile(rule.good).errors).toEqual([]);
  });

  if (rule.fixable) {
    it.each([rule.bad, ...(own?.fires ?? [])])('fixes %j for good where it can', (text) => {
      const config = { ...rule.exampleConfig, rules: Object.fromEntries(rules.map((other) => [other.code, other === rule ? rule.severity : ('off' as const)])) };
      const once = fixText(text, config);
      expect(fixText(once.text, config)).toEqual({ text: once.text, fixed: 0 });
      expect(parseDockerfile(once.text).errors).toEqual(parseDockerfile(text).errors);
      if (text === rule.bad) expect(fires(rule, once.text)).toBe(false);
    });
  }
});

describe('the list of rules', () => {
  it('has all of BuildKit and hadolint', () => {
    const codes = rules.map((rule) => rule.code);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.filter((code) => /^DL\d{4}$/.test(code))).toHaveLength(71);
    expect(codes.filter((code) => /^[A-Z][A-Za-z]+$/.test(code))).toHaveLength(22);
  });

  it('has every file in its index, and no case without a rule', () => {
    const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts') && name !== 'index.ts' && name !== 'support.ts');
    expect(files).toHaveLength(rules.length);
    expect([...cases.keys()]).toEqual([]);
  });

  it('names only rules or errors that exist as covering', () => {
    for (const { coveredBy } of rules) if (coveredBy && !coveredBy.startsWith('parse/')) expect(rules.some((rule) => rule.code === coveredBy)).toBe(true);
  });
});
