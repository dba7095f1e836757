import { execFile, type ExecFileOptions } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CaissonError, redact, systemCode } from '@caisson/core';
import type { GitUrl } from './git-url.js';

/** Not made before there is a first one: a cached build has none, and Node's child processes take their time to load. */
const run = (program: string, args: readonly string[], options: ExecFileOptions = {}) => promisify(execFile)(program, args, { ...options, encoding: 'utf8' });

/** Never asks, never runs what the repository or this user's settings may bring, never follows another protocol. */
const settings = ['-c', 'core.hooksPath=/dev/null', '-c', 'core.fsmonitor=false', '-c', 'protocol.allow=never', ...['https', 'http', 'git', 'ssh'].flatMap((name) => ['-c', `protocol.${name}.allow=always`]), '-c', 'core.autocrlf=false'];

async function git(args: readonly string[], cwd: string, doing: string, signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await run('git', [...settings, ...args], { cwd, signal, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024, env: { ...process.env, GIT_TERMINAL_PROMPT: '0', GIT_CONFIG_NOSYSTEM: '1', LC_ALL: 'C' } });
    return stdout;
  } catch (error) {
    if (signal.aborted) throw new CaissonError('cancelled', 'cancelled', { cause: error });
    if (systemCode(error) === 'ENOENT') throw new CaissonError('missing-dependency', `git is not installed, which ${doing} needs`, { cause: error, hint: 'install git' });
    const { stderr } = error as { stderr?: string };
    const said = stderr?.trim().split('\n').at(-1) ?? '';
    throw new CaissonError('unavailable', `${doing} failed: ${redact(said) || 'git says nothing'}`, { cause: error });
  }
}

/**
 * The commit that the URL stands for, without fetching anything.
 * @throws CaissonError `not-found` for a ref that is not there; `digest-mismatch` for another commit than was asked for
 */
export async function resolveCommit(url: GitUrl, scratch: string, signal: AbortSignal): Promise<string> {
  const { remote, ref = 'HEAD' } = url;
  if (/^[0-9a-f]{40}$/.test(ref)) return checked(url, ref);
  const listed = await git(['ls-remote', '--', remote, ref, `${ref}^{}`], scratch, `looking up ${ref} in ${remote}`, signal);
  const refs = new Map(listed.trim().split('\n').filter(Boolean).map((line) => line.split('\t').toReversed() as [string, string]));
  for (const name of [ref, `refs/heads/${ref}`, `refs/tags/${ref}`]) {
    // An annotated tag stands for the commit that it names.
    const commit = refs.get(`${name}^{}`) ?? refs.get(name);
    if (commit) return checked(url, commit);
  }
  throw new CaissonError('not-found', `${remote} has no branch, tag or commit ${JSON.stringify(ref)}`);
}

function checked({ remote, checksum }: GitUrl, commit: string): string {
  if (checksum !== undefined && !(/^[0-9a-f]{7,40}$/.test(checksum) && commit.startsWith(checksum)))
    throw new CaissonError('digest-mismatch', `${remote} has commit ${commit}, not ${checksum} as was asked for`);
  return commit;
}

/** Checks a commit out into a new folder, with nothing of its history. Gives the folder asked for within it. */
export async function checkOut(url: GitUrl, commit: string, folder: string, keepGitDir: boolean, signal: AbortSignal): Promise<string> {
  const { remote, ref } = url;
  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const doing = `fetching ${remote}`;
  await git(['init', '-q'], folder, doing, signal);
  await git(['remote', 'add', 'origin', remote], folder, doing, signal);
  // Servers need not hand out commits that are no ref's tip: then the ref is fetched, and with it the commit.
  await git(['fetch', '-q', '--depth=1', '--no-tags', 'origin', commit], folder, doing, signal).catch((error: unknown) => {
    if (signal.aborted) throw error;
    return git(['fetch', '-q', '--no-tags', 'origin', ref ?? 'HEAD'], folder, doing, signal);
  });
  await git(['-c', 'advice.detachedHead=false', 'checkout', '-q', commit], folder, doing, signal);
  if (url.submodules) await git(['submodule', 'update', '-q', '--init', '--recursive', '--depth=1'], folder, `${doing} (submodules)`, signal);
  if (!keepGitDir) removeGitDirs(folder);
  const wanted = join(folder, url.folder);
  if (!lstatSync(wanted, { throwIfNoEntry: false })?.isDirectory()) throw new CaissonError('not-found', `${remote} has no folder ${JSON.stringify(url.folder)}`);
  return wanted;
}

function removeGitDirs(folder: string): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === '.git') rmSync(join(folder, entry.name), { recursive: true, force: true });
    else if (entry.isDirectory()) removeGitDirs(join(folder, entry.name));
  }
}
