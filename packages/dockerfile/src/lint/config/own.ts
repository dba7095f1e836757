import { DockerfileError } from '../../source.js';
import { severities, type Severity } from '../finding.js';
import type { LabelType, LintConfig } from './config.js';
import { isLabelType, isRecord, strings } from './values.js';

const keys = ['$schema', 'rules', 'failureThreshold', 'trustedRegistries', 'labelSchema', 'strictLabels', 'disableIgnorePragma', 'buildArgs', 'shellcheck'];

function fail(message: string): never {
  throw new DockerfileError('arguments', message, { hint: 'the schema is caisson.lint.schema.json of @caisson/dockerfile' });
}

function flag(value: unknown, name: string): boolean {
  if (value === undefined) return false;
  return typeof value === 'boolean' ? value : fail(`${name} must be true or false`);
}

function record<T>(value: unknown, name: string, read: (value: unknown, key: string) => T): Record<string, T> {
  if (value === undefined) return {};
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
  const threshold = document['failureThreshold'];
  const failureThreshold = threshold === undefined ? undefined : threshold === 'none' ? 'none' : severities.find((one) => one === threshold);
  if (threshold !== undefined && failureThreshold === undefined) fail(`failureThreshold must be one of ${severities.join(', ')}, none`);
  return {
    rules: record<'off' | Severity>(document['rules'], 'rules', (value, name) => (value === 'off' ? 'off' : (severities.find((one) => one === value) ?? fail(`${name} must be off, ${severities.join(', ')}`)))),
    trustedRegistries: strings(document['trustedRegistries'], 'trustedRegistries', fail),
    labelSchema: record<LabelType>(document['labelSchema'], 'labelSchema', (value, name) => (isLabelType(value) ? value : fail(`${name} has an unknown type`))),
    strictLabels: flag(document['strictLabels'], 'strictLabels'),
    disableIgnorePragma: flag(document['disableIgnorePragma'], 'disableIgnorePragma'),
    buildArgs: record<string>(document['buildArgs'], 'buildArgs', (value, name) => (typeof value === 'string' ? value : fail(`${name} must be a string`))),
    ...(document['shellcheck'] !== undefined && !flag(document['shellcheck'], 'shellcheck') && { shellcheck: false }),
    ...(failureThreshold !== undefined && { failureThreshold }),
  };
}

/** The later one wins, rule by rule and key by key. */
export function mergeLintConfig(first: LintConfig, second: LintConfig): LintConfig {
  return { ...first, ...second, rules: { ...first.rules, ...second.rules }, labelSchema: { ...first.labelSchema, ...second.labelSchema } };
}
