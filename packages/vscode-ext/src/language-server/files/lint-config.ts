import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { DockerfileError, mergeLintConfig, parseHadolintConfig, parseLintConfig, type LintConfig } from '@caisson/dockerfile';

/** As the command line reads them: the later one wins. */
export const lintConfigNames = ['.hadolint.yaml', '.hadolint.yml', 'caisson.lint.json'];

export interface FoundLintConfig {
  readonly config: LintConfig;
  /** What is wrong with a file, with its path. */
  readonly problem?: string;
}

/** The nearest folder with a configuration, from that of the Dockerfile up to the workspace folder. */
export async function findLintConfig(path: string, root: string | undefined): Promise<FoundLintConfig> {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const names = lintConfigNames.filter((name) => existsSync(join(folder, name)));
    if (names.length > 0) return await readAll(names.map((name) => join(folder, name)));
    if (root === undefined || folder === root || !folder.startsWith(root) || dirname(folder) === folder) return { config: {} };
  }
}

async function readAll(paths: readonly string[]): Promise<FoundLintConfig> {
  let config: LintConfig = {};
  for (const path of paths)
    try {
      const text = readFileSync(path, 'utf8');
      config = mergeLintConfig(config, path.endsWith('.json') ? parseLintConfig(text) : await parseHadolintConfig(text));
    } catch (error) {
      const reason = error instanceof DockerfileError ? error.message : 'cannot be read';
      return { config, problem: `${path}: ${reason}` };
    }
  return { config };
}
