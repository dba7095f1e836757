// Writes docs/lint-rules.md and the schema of caisson.lint.json from the rules' own data: node scripts/rule-docs.mjs [--check], after a build.
import { readFileSync, writeFileSync } from 'node:fs';
import { lintRules, severities } from '../packages/dockerfile/dist/index.js';

const rules = await lintRules();
const root = new URL('..', import.meta.url);
const family = ({ code }) => (code.startsWith('DL') ? 'hadolint' : code.includes('/') ? 'own' : 'build');
const titles = { build: 'Build checks', hadolint: 'hadolint’s rules', own: 'Cache and size' };
const intros = {
  build: 'The names and meanings are those of `docker build --check`.',
  hadolint: 'The codes and meanings are those of hadolint.',
  own: 'What neither of them has: steps that run more often than they need, and bytes that nobody needs.',
};

function section(rule) {
  const facts = [rule.severity, rule.off && 'off by default', rule.fixable && 'fixable', rule.coveredBy && `shown as ${rule.coveredBy} where both apply`].filter(Boolean).join(' · ');
  const example = (text) => `\`\`\`dockerfile\n${text.trimEnd()}\n\`\`\``;
  return `### ${rule.code}\n\n${rule.title}. (${facts})\n\n${rule.why}\n\n${example(rule.bad)}\n\nBetter:\n\n${example(rule.good)}\n`;
}

const docs = [
  '# Rules of the linter\n\nMade from the rules by `scripts/rule-docs.mjs`; do not edit it. `caisson lint` runs them all but those that are off by default.\n',
  'A rule is ignored for one instruction with `# hadolint ignore=CODE` or `# check=skip=CODE` above it (above FROM `check=skip` holds for the stage), for a file with',
  '`# hadolint global ignore=CODE` or `# check=skip=CODE` in its first line, and for a project in `caisson.lint.json` or `.hadolint.yaml`.\n',
  'Where [ShellCheck](https://www.shellcheck.net) is installed `caisson lint` also says what it finds in the shell text of RUN, under its own codes (`SC2046`), which are\nignored and overridden in the same ways. `--no-shellcheck`, or `"shellcheck": false` in `caisson.lint.json`, does without. `caisson build --check`, which says what\n`docker build --check` does and more, and editors run the rules alone.\n',
  ...['build', 'hadolint', 'own'].flatMap((name) => [`## ${titles[name]}\n\n${intros[name]}\n`, ...rules.filter((rule) => family(rule) === name).map(section)]),
].join('\n');

const labelTypes = ['text', 'rawtext', 'url', 'semver', 'hash', 'rfc3339', 'spdx', 'email'];
const schema = {
  $schema: 'http://json-schema.org/draft-07/schema#',
  title: 'caisson.lint.json',
  description: 'Configuration of caisson lint',
  type: 'object',
  additionalProperties: false,
  properties: {
    $schema: { type: 'string' },
    rules: {
      description: 'Rules by code: off, or the severity of their findings',
      type: 'object',
      properties: Object.fromEntries(rules.map(({ code, title }) => [code, { description: title, enum: ['off', ...severities] }])),
      additionalProperties: { enum: ['off', ...severities] },
    },
    failureThreshold: { description: 'The least severity that makes the command fail', enum: [...severities, 'none'], default: 'info' },
    trustedRegistries: { description: 'Registries that FROM may use (DL3026)', type: 'array', items: { type: 'string' } },
    labelSchema: { description: 'Labels that are wanted, with their type (DL3049 to DL3058)', type: 'object', additionalProperties: { enum: labelTypes } },
    strictLabels: { description: 'No labels beyond the schema (DL3050)', type: 'boolean', default: false },
    disableIgnorePragma: { description: 'Take no notice of pragmas in comments', type: 'boolean', default: false },
    shellcheck: { description: 'False keeps caisson lint from running ShellCheck over the RUN instructions', type: 'boolean', default: true },
    buildArgs: { description: 'Build arguments for rules that expand', type: 'object', additionalProperties: { type: 'string' } },
  },
};

let stale = false;
for (const [path, text] of [['docs/lint-rules.md', docs], ['packages/dockerfile/caisson.lint.schema.json', `${JSON.stringify(schema, null, 2)}\n`]]) {
  const url = new URL(path, root);
  if (!process.argv.includes('--check')) writeFileSync(url, text);
  else if (readFileSync(url, 'utf8') !== text) {
    stale = true;
    console.error(`${path} is not what the rules say: run node scripts/rule-docs.mjs`);
  }
}
process.exitCode = stale ? 1 : 0;
