import { DockerfileError } from '../../source.js';
import { severities, type Severity } from '../finding.js';
import type { LabelType, LintConfig } from './config.js';
import { isLabelType, isRecord, strings } from './values.js';

const keys = ['ignored', 'override', 'failure-threshold', 'trustedRegistries', 'label-schema', 'strict-labels', 'disable-ignore-pragma', 'no-fail', 'no-color', 'verbose', 'format'];

function fail(message: string): never {
  throw new DockerfileError('arguments', message);
}

/** hadolint's threshold `ignore` lets everything fail but what is ignored; `none` is its word for never. */
function threshold(value: unknown): Severity | 'none' {
  if (value === 'none') return 'none';
  if (value === 'ignore') return 'style';
  return severities.find((one) => one === value) ?? fail(`failure-threshold must be one of ${severities.join(', ')}, ignore, none`);
}

/**
 * Reads the text of a `.hadolint.yaml`.
 * @throws DockerfileError `arguments` for text that is no YAML or a value that hadolint would refuse
 */
export async function parseHadolintConfig(text: string): Promise<LintConfig> {
  const { parse } = await import('yaml');
  let document: unknown;
  try {
    document = parse(text, { maxAliasCount: 20 });
  } catch (error) {
    return fail(error instanceof Error ? (error.message.split('\n')[0] ?? '').replace(/:$/, '') : 'no YAML');
  }
  if (document === null || document === undefined) return {};
  if (!isRecord(document)) return fail('must be a mapping');
  for (const key of Object.keys(document)) if (!keys.includes(key)) fail(`unknown key ${JSON.stringify(key.slice(0, 40))}`);
  const rules: Record<string, 'off' | Severity> = {};
  const override = document['override'];
  if (override !== undefined && override !== null) {
    if (!isRecord(override)) return fail('override must be a mapping');
    for (const key of Object.keys(override)) if (!severities.some((one) => one === key)) fail(`override.${key.slice(0, 40)} is none of ${severities.join(', ')}`);
    for (const severity of severities) for (const code of strings(override[severity], `override.${severity}`, fail)) rules[code] = severity;
  }
  for (const code of strings(document['ignored'], 'ignored', fail)) rules[code] = 'off';
  const labels = document['label-schema'];
  const labelSchema: Record<string, LabelType> = {};
  if (labels !== undefined && labels !== null) {
    if (!isRecord(labels)) return fail('label-schema must be a mapping');
    for (const [key, type] of Object.entries(labels)) labelSchema[key] = isLabelType(type) ? type : fail(`label-schema.${key.slice(0, 40)} has an unknown type`);
  }
  const format = document['format'];
  if (format !== undefined && format !== null && typeof format !== 'string') return fail('format must be a name');
  return {
    rules,
    labelSchema,
    trustedRegistries: strings(document['trustedRegistries'], 'trustedRegistries', fail),
    strictLabels: document['strict-labels'] === true,
    disableIgnorePragma: document['disable-ignore-pragma'] === true,
    ...(document['failure-threshold'] !== undefined && { failureThreshold: threshold(document['failure-threshold']) }),
    ...(document['no-fail'] === true && { failureThreshold: 'none' }),
    ...(format && { format }),
    ...(document['no-color'] === true && { color: false }),
  };
}
