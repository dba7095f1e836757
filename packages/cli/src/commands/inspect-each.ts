import { CaissonError, isCaissonError } from '@caisson/core';
import type { Cli } from '../cli.js';
import { reportError } from '../output/errors.js';

/**
 * Prints a JSON array of all that were found, as docker does, and reports those that were not. With a format, one line for each: `json`, or a
 * path into the object such as `{{.State.Status}}`.
 */
export async function inspectEach(cli: Cli, names: readonly string[], get: (name: string) => Promise<object>, format?: string): Promise<number> {
  const found: object[] = [];
  let code = 0;
  for (const name of names) {
    try {
      found.push(await get(name));
    } catch (error) {
      if (!isCaissonError(error, 'not-found', 'invalid-argument')) throw error;
      reportError(error);
      code = 1;
    }
  }
  if (format === undefined) cli.print(JSON.stringify(found, null, 4));
  else for (const object of found) cli.print(render(object, format));
  return code;
}

function render(object: object, format: string): string {
  if (format === 'json') return JSON.stringify(object);
  return format.replace(/\{\{\s*(json\s+)?((?:\.[A-Za-z_][\w]*)+|\.)\s*\}\}|\{\{.*?\}\}/g, (whole, json: string | undefined, path: string | undefined) => {
    if (path === undefined) throw new CaissonError('unsupported', `--format: ${whole} is more than this command knows`, { hint: 'use {{.Path.To.Field}}, {{json .Path}} or json' });
    let value: unknown = object;
    for (const key of path.split('.').filter(Boolean)) {
      if (typeof value !== 'object' || value === null || !(key in value)) throw new CaissonError('invalid-argument', `--format: there is no field ${path}`);
      value = (value as Record<string, unknown>)[key];
    }
    return json === undefined && typeof value === 'string' ? value : JSON.stringify(value);
  });
}
