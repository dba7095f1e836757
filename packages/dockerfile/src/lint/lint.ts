import type { Dockerfile } from '../ast.js';
import type { LintConfig } from './config/config.js';
import type { Finding } from './finding.js';
import type { Rule } from './rule.js';

let loaded: typeof import('./run.js') | undefined;

/**
 * Lints a parsed file. The rules and the shell parser are loaded with the first call, so that a parser alone stays small.
 * @throws DockerfileError `arguments` where the config's `shellcheck` gives something else than ShellCheck's answer
 */
export async function lint(file: Dockerfile, config: LintConfig = {}): Promise<Finding[]> {
  loaded ??= await import('./run.js');
  const { shellcheck } = config;
  if (!shellcheck) return loaded.runLint(file, config);
  const { shellCheckFindings } = await import('./shell/shellcheck.js');
  return loaded.runLint(file, config, await shellCheckFindings(file, config, shellcheck));
}

/** The text with every safe fix applied, and how many there were. The image it makes is the same. */
export async function lintFix(text: string, config: LintConfig = {}): Promise<{ text: string; fixed: number }> {
  const { fixText } = await import('./fix.js');
  return fixText(text, config);
}

/** All rules with their data: for docs, for an editor's hover. */
export async function lintRules(): Promise<readonly Rule[]> {
  const { rules } = await import('./rules/index.js');
  return rules;
}
