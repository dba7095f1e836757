import type { LabelType } from './config.js';

const labelTypes: readonly LabelType[] = ['text', 'rawtext', 'url', 'semver', 'hash', 'rfc3339', 'spdx', 'email'];

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isLabelType(value: unknown): value is LabelType {
  return labelTypes.some((type) => type === value);
}

/** A list of strings, absent or null for an empty one. */
export function strings(value: unknown, name: string, fail: (message: string) => never): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) return fail(`${name} must be a list`);
  return (value as unknown[]).map((item) => (typeof item === 'string' ? item : fail(`${name} must be a list of strings`)));
}
