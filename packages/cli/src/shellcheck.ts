import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CaissonError } from '@caisson/core';
import type { ShellScript } from '@caisson/dockerfile';

const longest = 60_000;
const nothing = '{"comments":[]}';

/**
 * Has all scripts looked at by one ShellCheck; where it is not installed it says nothing. Its own configuration files are left out:
 * what is said of a Dockerfile is not to depend on the folder.
 */
export function runShellCheck(scripts: readonly ShellScript[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'caisson-lint-'));
  try {
    for (const { name, text } of scripts) writeFileSync(join(folder, name), text);
    const { error, status, stdout, stderr } = spawnSync('shellcheck', ['--norc', '--format=json1', ...scripts.map(({ name }) => name)], {
      cwd: folder,
      encoding: 'utf8',
      env: { ...process.env, LC_ALL: 'C.UTF-8', SHELLCHECK_OPTS: '' },
      maxBuffer: 1 << 28,
      timeout: longest,
    });
    if (error && 'code' in error && (error.code === 'ENOENT' || error.code === 'EACCES')) return nothing;
    if (error || status === null || status > 1) {
      const reason = stderr?.trim().split('\n')[0] || error?.message || `it ended with ${status ?? 'a signal'}`;
      throw new CaissonError('unavailable', `ShellCheck could not read the RUN instructions: ${reason}`, { hint: 'caisson lint --no-shellcheck does without it', ...(error && { cause: error }) });
    }
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
