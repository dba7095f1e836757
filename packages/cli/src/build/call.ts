import { CaissonError, formatPlatform, hostPlatform, type BuildRequest } from '@caisson/core';
import type { Cli } from '../cli.js';
import { table } from '../output/table.js';

type Language = typeof import('../lint-engine.js');
type Resolved = ReturnType<Language['resolveStages']>;

/**
 * BuildKit's sub-requests: `check`, `outline`, `targets`, each as text or with `,format=json`. Nothing is built; the Dockerfile may come
 * from anywhere that a build can take it from. Returns the exit code: 1 where a check found something.
 */
export async function callBuild(cli: Cli, request: BuildRequest, call: string): Promise<number> {
  const [method = '', ...fields] = call.split(',');
  const format = fields.find((field) => field.startsWith('format='))?.slice('format='.length) ?? 'text';
  if (fields.some((field) => !field.startsWith('format=')) || (format !== 'text' && format !== 'json')) throw new CaissonError('invalid-argument', `--call: ${JSON.stringify(call)} is not valid`, { hint: 'write METHOD or METHOD,format=json' });
  if (!['check', 'lint', 'outline', 'targets', 'subrequests.describe'].includes(method)) throw new CaissonError('invalid-argument', `--call: there is no method ${JSON.stringify(method)}`, { hint: 'use one of build, check, outline, targets' });
  const language = await import('../lint-engine.js');
  const { text, name } = await cli.local.dockerfile(request, { signal: cli.signal });
  const file = language.parseDockerfile(text, { file: name });
  const json = format === 'json';
  if (method === 'check' || method === 'lint') return check(cli, language, file, name, json);
  const resolved = language.resolveStages(file, {
    buildArgs: request.buildArgs ?? {},
    targetPlatform: request.platforms?.[0] ?? hostPlatform(),
    buildPlatform: hostPlatform(),
    ...(request.target === undefined ? {} : { target: request.target }),
  });
  const [problem] = resolved.errors;
  if (problem) throw new CaissonError('invalid-content', problem.message, { range: { ...problem.range, file: name }, ...(problem.hint === undefined ? {} : { hint: problem.hint }) });
  cli.print(method === 'targets' ? showTargets(language, resolved, json) : showOutline(language, resolved, request, json));
  return 0;
}

/** BuildKit's own checks; `caisson lint` has many more. */
async function check(cli: Cli, language: Language, file: ReturnType<Language['parseDockerfile']>, path: string, json: boolean): Promise<number> {
  const findings = (await language.lint(file)).filter(({ code }) => /^(?:parse\/|[A-Z][A-Za-z]+$)/.test(code));
  const color = !process.env['NO_COLOR'] && process.stdout.isTTY;
  if (!json && findings.length === 0) cli.print('Check complete, no warnings found.');
  else process.stdout.write(language.formatFindings(json ? 'json' : 'tty', [{ path, file, findings }], { color, version: '' }));
  return findings.length > 0 ? 1 : 0;
}

function showTargets(language: Language, resolved: Resolved, json: boolean): string {
  const found = language.targets(resolved);
  if (json) return JSON.stringify({ targets: found.map(({ isDefault, ...rest }) => ({ ...rest, default: isDefault })) }, null, 2);
  return table(['TARGET', 'BASE', 'DESCRIPTION'], found.map(({ name, isDefault, base, description = '' }) => [isDefault ? `${name} (default)` : name, base, description]));
}

function showOutline(language: Language, resolved: Resolved, { buildArgs = {}, platforms }: BuildRequest, json: boolean): string {
  const found = language.outline(resolved, buildArgs);
  if (!found) throw new CaissonError('not-found', 'the Dockerfile has no stage to build');
  if (json) return JSON.stringify(found, null, 2);
  const head = [['TARGET:', found.target], ...(found.description === undefined ? [] : [['DESCRIPTION:', found.description]]), ['PLATFORM:', (platforms ?? [hostPlatform()]).map(formatPlatform).join(', ')]];
  const mounts = (title: string, list: typeof found.secrets) => (list.length === 0 ? [] : [table([title, 'REQUIRED'], list.map(({ id, required }) => [id, required ? 'true' : 'false']))]);
  return [
    head.map(([label = '', value = '']) => `${label.padEnd(14)}${value}`).join('\n'),
    ...(found.args.length === 0 ? [] : [table(['BUILD ARG', 'VALUE', 'DESCRIPTION'], found.args.map(({ name, value = '', description = '' }) => [name, value, description]))]),
    ...mounts('SECRET', found.secrets),
    ...mounts('SSH', found.ssh),
  ].join('\n\n');
}
