import { CaissonError, isCaissonError } from '@caisson/core';
import type { Cli } from '../cli.js';
import { reportError } from '../output/errors.js';
import { templateData } from '../output/template-data.js';
import { evaluate, parseTemplate, toJson } from '../template/index.js';

export const inspectFormatHelp = 'json, or a Go template: {{.State.Status}}, {{json .Config}}';

/**
 * Prints a JSON array of all that were found, as docker does, and then reports those that were not. With a format, one line for each:
 * `json`, or a template. docker's exit code for a template that is wrong is 64.
 */
export async function inspectEach(cli: Cli, names: readonly string[], get: (name: string) => Promise<object>, format?: string): Promise<number> {
  const render = format === undefined || format === '' ? undefined : renderer(format);
  const found: object[] = [];
  const failures: unknown[] = [];
  for (const name of names) {
    try {
      const object = await get(name);
      if (render) cli.print(render(object));
      else found.push(object);
    } catch (error) {
      if (!isCaissonError(error, 'not-found', 'invalid-argument') || error.details?.exitCode !== undefined) throw error;
      failures.push(error);
    }
  }
  if (!render) cli.print(JSON.stringify(found, null, 4));
  for (const failure of failures) reportError(failure);
  return failures.length > 0 ? 1 : 0;
}

/** @throws CaissonError `invalid-argument` with docker's exit code */
function renderer(format: string): (object: object) => string {
  if (format === 'json') return (object) => toJson(object);
  // docker tells a template that cannot be read from one that asks for what is not there.
  const checked = <T>(exitCode: number, work: () => T): T => {
    try {
      return work();
    } catch (error) {
      if (!isCaissonError(error, 'invalid-argument')) throw error;
      throw new CaissonError('invalid-argument', `--format: ${error.message}`, { cause: error, details: { exitCode }, ...(error.hint === undefined ? {} : { hint: error.hint }) });
    }
  };
  const template = checked(64, () => parseTemplate(format));
  return (object) => checked(1, () => evaluate(template, templateData(object)));
}
