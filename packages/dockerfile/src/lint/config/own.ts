import { DockerfileError } from '../../source.js';
import { severities, type Severity } from '../finding.js';
import type { LabelType, LintConfig } from './config.js';
import { isLabelType, isRecord, strings } from './values.js';

const keys = ['$schema', 'rules', 'failureThreshold', 'trustedRegistries', 'labelSchema', 'strictLabels', 'disableIgnorePragma', 'buildArgs', 'shellcheck'];

function fail(message: string): never {
  throw new DockerfileError('arguments', message, { hint: 'the schema is caisson.lint.schema.json of @caisson/dockerfile' });
}

function flag(value: unknown, name: string): boolean {
  return typeof value === 'boolean' ? value : fail(`${name} must be true or false`);
}

function record<T>(value: unknown, name: string, read: (value: unknown, key: string) => T): Record<string, T> {
  if (!isRecord(value)) return fail(`${name} must be an object`);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, read(item, `${name}.${key.slice(0, 60)}`)]));
}

/**
 * Reads the text of a `caisson.lint.json`.
 * @throws DockerfileError `arguments`, naming the key that is wrong
 */
export function parseLintConfig(text: string): LintConfig {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return fail(error instanceof Error ? error.message : 'no JSON');
  }
  if (!isRecord(document)) return fail('must be an object');
  for (const key of Object.keys(document)) if (!keys.includes(key)) fail(`unknown key ${JSON.stringify(key.slice(0, 60))}`);
  // What a file does not say is left out, so that merged with another it does not undo what that one says.
  const config: { -readonly [K in keyof LintConfig]: LintConfig[K] } = {};
  const { rules, failureThreshold, trustedRegistries, labelSchema, strictLabels, disableIgnorePragma, buildArgs, shellcheck } = document;
  if (rules !== undefined) config.rules = record(rules, 'rules', severity);
  if (failureThreshold !== undefined) config.failureThreshold = threshold(failureThreshold);
  if (trustedRegistries !== undefined) config.trustedRegistries = strings(trustedRegistries, 'trustedRegistries', fail);
  if (labelSchema !== undefined) config.labelSchema = record<LabelType>(labelSchema, 'labelSchema', (value, name) => (isLabelType(value) ? value : fail(`${name} has an unknown type`)));
  if (strictLabels !== undefined) config.strictLabels = flag(strictLabels, 'strictLabels');
  if (disableIgnorePragma !== undefined) config.disableIgnorePragma = flag(disableIgnorePragma, 'disableIgnorePragma');
  if (buildArgs !== undefined) config.buildArgs = record(buildArgs, 'buildArgs', (value, name) => (typeof value === 'string' ? value : fail(`${name} must be a string`)));
  if (shellcheck !== undefined && !flag(shellcheck, 'shellcheck')) config.shellcheck = false;
  return config;
}

function severity(value: unknown, name: string): 'off' | Severity {
  return value === 'off' ? 'off' : (severities.find((one) => one === value) ?? fail(`${name} must be off, ${severities.join(', ')}`));
}

function threshold(value: unknown): Severity | 'none' {
  return value === 'none' ? 'none' : (severities.find((one) => one === value) ?? fail(`failureThreshold must be one of ${severities.join(', ')}, none`));
}

/** The later one wins, rule by rule and key by key. */
export function mergeLintConfig(first: LintConfig, second: LintConfig): LintConfig {
  return { ...first, ...second, rules: { ...first.rules, ...second.rules }, labelSchema: { ...first.labelSchema, ...second.labelSchema } };
}
