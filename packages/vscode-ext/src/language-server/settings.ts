import type { LintConfig, Severity } from '@caisson/dockerfile';

/** The section `caisson` of the editor's configuration, as far as it concerns the server. Everything has a default. */
export interface Settings {
  readonly lint: { readonly enabled: boolean; readonly rules: Readonly<Record<string, 'off' | Severity>> };
  readonly inlayHints: { readonly variables: boolean; readonly layers: boolean };
  readonly codeLens: boolean;
  /** Folder that builds get, relative to the workspace folder or absolute; empty: the Dockerfile's own. */
  readonly context: string;
}

export const defaultSettings: Settings = { lint: { enabled: true, rules: {} }, inlayHints: { variables: true, layers: true }, codeLens: true, context: '' };

const severities = ['off', 'error', 'warning', 'info', 'style'] as const;

type Unknown = Readonly<Record<string, unknown>>;

const asRecord = (value: unknown): Unknown => (typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Unknown) : {});
const asBoolean = (value: unknown, otherwise: boolean): boolean => (typeof value === 'boolean' ? value : otherwise);

/** Whatever the editor sends; a value of the wrong type counts as not given. */
export function readSettings(value: unknown): Settings {
  const section = asRecord(value);
  const lint = asRecord(section['lint']);
  const hints = asRecord(section['inlayHints']);
  const rules = Object.entries(asRecord(lint['rules'])).flatMap(([code, severity]) => {
    const known = severities.find((one) => one === severity);
    return known === undefined ? [] : [[code, known] as const];
  });
  return {
    lint: { enabled: asBoolean(lint['enabled'], true), rules: Object.fromEntries(rules) as LintConfig['rules'] & object },
    inlayHints: { variables: asBoolean(hints['variables'], true), layers: asBoolean(hints['layers'], true) },
    codeLens: asBoolean(asRecord(section['codeLens'])['enabled'], true),
    context: typeof section['context'] === 'string' ? section['context'] : '',
  };
}
