import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { CaissonError, fromSystemError, systemCode } from '@caisson/core';
import type { Finding, Format, LintConfig, LintResult } from '@caisson/dockerfile';
import packageJson from '../../package.json' with { type: 'json' };
import { defineCommand } from '../cli.js';
import { collect } from '../flags/collect.js';
import { runShellCheck } from '../shellcheck.js';

interface LintFlags {
  readonly format?: string;
  readonly fix?: boolean;
  readonly failureThreshold?: string;
  readonly config?: string;
  readonly ignore?: string[];
  readonly shellcheck: boolean;
  readonly color: boolean;
}

type Engine = typeof import('../lint-engine.js');

const configFiles = ['.hadolint.yaml', '.hadolint.yml', 'caisson.lint.json'];

export default defineCommand<LintFlags>({
  configure(command) {
    command
      .argument('[file...]', 'Dockerfiles; - for standard input (default: Dockerfile)')
      .option('-f, --format <name>', 'tty, json, sarif, checkstyle, codeclimate, gnu, junit or sonarqube (default: tty)')
      .option('--fix', 'mend what can be mended without changing the image')
      .option('-t, --failure-threshold <severity>', 'least severity that makes the command fail: error, warning, info, style or none (default: info)')
      .option('-c, --config <file>', 'caisson.lint.json or .hadolint.yaml (default: those in this folder)')
      .option('--ignore <code>', 'leave out a rule', collect)
      .option('--no-shellcheck', 'do not run ShellCheck, where it is installed, over the RUN instructions')
      .option('--no-color', 'no colours')
      .addHelpText('after', '\nExit code: 0 when there is nothing at or above the threshold, 1 otherwise.\n\nExamples:\n  caisson lint\n  caisson lint --fix services/*/Dockerfile\n  caisson lint --format sarif - < Dockerfile\n');
  },
  async run(_cli, args, flags) {
    const engine = await import('../lint-engine.js');
    const config = await readConfig(engine, flags);
    const format = readFormat(engine, flags.format ?? config.format ?? 'tty');
    const paths = args.length > 0 ? args : ['Dockerfile'];
    const results: LintResult[] = [];
    for (const path of paths) results.push(await lintOne(engine, path, config, flags.fix ?? false));
    const color = flags.color && config.color !== false && !process.env['NO_COLOR'] && process.stdout.isTTY;
    // The mended text of standard input is the result then; what is left to say goes beside it.
    const out = flags.fix && paths.includes('-') ? process.stderr : process.stdout;
    out.write(engine.formatFindings(format, results, { color, version: packageJson.version }));
    return results.some(({ findings }) => findings.some((finding) => fails(engine, finding, config))) ? 1 : 0;
  },
});

function readFormat(engine: Engine, name: string): Format {
  // hadolint's name for what GitLab reads, which is all of ours.
  const format = name === 'gitlab_codeclimate' ? 'codeclimate' : name;
  if (engine.isFormat(format)) return format;
  throw new CaissonError('invalid-argument', `there is no format ${JSON.stringify(name)}`, { hint: `one of ${engine.formats.join(', ')}` });
}

function fails(engine: Engine, { severity }: Finding, { failureThreshold = 'info' }: LintConfig): boolean {
  return failureThreshold !== 'none' && engine.severities.indexOf(severity) <= engine.severities.indexOf(failureThreshold);
}

async function lintOne(engine: Engine, path: string, config: LintConfig, fix: boolean): Promise<LintResult> {
  const bytes = read(path);
  const ignored = ignoredBeside(engine, path);
  const settings = { ...config, ...(ignored && { ignored }) };
  let file = engine.parseDockerfile(bytes, { file: path });
  if (fix && !file.errors.some(({ code }) => code === 'encoding')) {
    const { text, fixed } = await engine.lintFix(file.source, settings);
    if (path === '-') process.stdout.write(text);
    else if (fixed > 0) write(path, text);
    file = engine.parseDockerfile(text, { file: path });
  }
  return { path, file, findings: await engine.lint(file, settings) };
}

function read(path: string): Buffer {
  try {
    return readFileSync(path === '-' ? 0 : path);
  } catch (error) {
    if (systemCode(error) === 'EISDIR') throw new CaissonError('invalid-argument', `${path} is a folder`, { cause: error, hint: `name the file in it: ${join(path, 'Dockerfile')}` });
    throw fromSystemError(error, `reading ${path === '-' ? 'standard input' : path}`);
  }
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw fromSystemError(error, `writing ${path}`);
  }
}

/** The ignore file that a build of this Dockerfile in its own folder would use. */
function ignoredBeside(engine: Engine, path: string): LintConfig['ignored'] {
  if (path === '-') return undefined;
  const found = [`${basename(path)}.dockerignore`, '.dockerignore'].map((name) => join(dirname(path), name)).find((name) => existsSync(name));
  if (found === undefined) return undefined;
  const matcher = engine.parseIgnore(read(found).toString('utf8'), { file: found });
  return (name) => matcher.ignores(name);
}

/** A slip in a code would switch off nothing, and say nothing. A `.hadolint.yaml` may name what only its own linter has. */
async function checkCodes(engine: Engine, where: string, codes: readonly string[]): Promise<void> {
  if (codes.length === 0) return;
  const known = (await engine.lintRules()).map(({ code }) => code);
  const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
  const wrong = codes.find((code) => !/^(?:SC\d+$|parse\/)/i.test(code) && !known.some((one) => same(one, code)));
  if (wrong === undefined) return;
  const near = engine.suggest(wrong, known.filter((one) => same(one.slice(0, 2), wrong.slice(0, 2))));
  throw new CaissonError('invalid-argument', `${where}: there is no rule ${JSON.stringify(wrong.slice(0, 60))}`, { hint: near === undefined ? 'their codes are in docs/lint-rules.md' : `did you mean ${near}?` });
}

async function readConfig(engine: Engine, flags: LintFlags): Promise<LintConfig> {
  let config: LintConfig = {};
  for (const path of flags.config === undefined ? configFiles.filter((name) => existsSync(name)) : [flags.config]) {
    const text = read(path).toString('utf8');
    try {
      const own = path.endsWith('.json') ? engine.parseLintConfig(text) : undefined;
      await checkCodes(engine, path, Object.keys(own?.rules ?? {}));
      config = engine.mergeLintConfig(config, own ?? (await engine.parseHadolintConfig(text)));
    } catch (error) {
      if (!(error instanceof engine.DockerfileError)) throw error;
      throw new CaissonError('invalid-argument', `${path}: ${error.message}`, { cause: error, ...(error.hint !== undefined && { hint: error.hint }) });
    }
  }
  await checkCodes(engine, '--ignore', flags.ignore ?? []);
  for (const code of flags.ignore ?? []) config = engine.mergeLintConfig(config, { rules: { [code]: 'off' } });
  if (flags.shellcheck && config.shellcheck !== false) config = { ...config, shellcheck: runShellCheck };
  const threshold = flags.failureThreshold;
  if (threshold === undefined) return config;
  const known = threshold === 'none' ? 'none' : engine.severities.find((severity) => severity === threshold);
  if (known === undefined) throw new CaissonError('invalid-argument', `there is no severity ${JSON.stringify(threshold)}`, { hint: `one of ${engine.severities.join(', ')}, none` });
  return { ...config, failureThreshold: known };
}
