import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { evaluate, headingFunctions, parseTemplate, toJson, type Value } from '../template/index.js';
import { align } from './table.js';

/** What a list of one kind of object can show: docker's fields, each with its column's heading. */
export interface Listing<T> {
  /** Fields of the table that is printed without `--format`. */
  readonly columns: readonly string[];
  readonly fields: Readonly<Record<string, Field<T>>>;
  /** The labels that `{{.Label "name"}}` is to read. */
  readonly labels?: (item: T) => Readonly<Record<string, string>>;
}

export type Field<T> = readonly [heading: string, of: (item: T) => Value];

/** Help for the option, in docker's words for its kinds. */
export const formatHelp = "table, table TEMPLATE, json, or a Go template";

/**
 * A list as `--format` asks for it: `table` (the default), `table TEMPLATE` with headings, `json` with an object a line, or a template that is
 * run on each item, a line each. With no items, tables are their headings and all else is empty. Ends with a newline if there is anything.
 *
 * @throws CaissonError `invalid-argument`
 */
export function formatList<T>(listing: Listing<T>, items: readonly T[], asked?: string): string {
  const format = asked || 'table';
  if (format === 'json') return items.map((item) => `${toJson(jsonRow(listing, item))}\n`).join('');
  const [, isTable, rest = ''] = /^(table\b)?([\s\S]*)$/.exec(format) ?? [];
  const source = (isTable ? rest.trim() : rest).replaceAll('\\t', '\t').replaceAll('\\n', '\n') || listing.columns.map((name) => `{{.${name}}}`).join('\t');
  const template = parseTemplate(source);
  // The headings first: a field that is not there is told of even where there is nothing to list.
  const headings = evaluate(template, headingRow(listing), headingFunctions);
  const lines = items.map((item) => `${evaluate(template, row(listing, item))}\n`);
  return isTable ? align(`${headings}\n${lines.join('')}`) : lines.join('');
}

/** The format that docker's config.json sets for a list (`psFormat`, `imagesFormat`, …). */
export function configuredFormat(setting: string): string | undefined {
  try {
    const config: unknown = JSON.parse(readFileSync(join(process.env.DOCKER_CONFIG || join(homedir(), '.docker'), 'config.json'), 'utf8'));
    const format = typeof config === 'object' && config !== null ? (config as Readonly<Record<string, unknown>>)[setting] : undefined;
    return typeof format === 'string' && format !== '' ? format : undefined;
  } catch {
    return undefined; // what is wrong with the file is told by those that need it
  }
}

/** Whether the format shows this field, for those that are dear to find out. */
export function shows(format: string | undefined, field: string): boolean {
  return format !== undefined && new RegExp(`\\.${field}\\b`).test(format);
}

/** The object that a template sees. A field is found out when it is asked for. */
function row<T>({ fields, labels }: Listing<T>, item: T): object {
  const result = {};
  for (const [name, [, of]] of Object.entries(fields)) Object.defineProperty(result, name, { enumerable: true, get: () => of(item) });
  if (labels) Object.defineProperty(result, 'Label', { value: (name: string) => labels(item)[name] ?? '' });
  return result;
}

function headingRow<T>({ fields, labels }: Listing<T>): object {
  return { ...Object.fromEntries(Object.entries(fields).map(([name, [heading]]) => [name, heading])), ...(labels ? { Label: (name: string) => (name.split('.').at(-1) ?? '').replaceAll(/[-_]/g, ' ') } : {}) };
}

function jsonRow<T>({ fields }: Listing<T>, item: T): object {
  return Object.fromEntries(
    Object.entries(fields)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, [, of]]) => [name, of(item)]),
  );
}
