import { CaissonError } from '@caisson/core';

/** A git repository as ADD and `caisson build` take it. */
export interface GitUrl {
  /** What git is given: without fragment and query. */
  readonly remote: string;
  /** A branch, tag or commit; undefined for the remote's HEAD. */
  readonly ref: string | undefined;
  /** Relative and clean; empty for all of it. */
  readonly folder: string;
  /** The commit, or its beginning, that the ref must have. */
  readonly checksum: string | undefined;
  readonly keepGitDir: boolean | undefined;
  readonly submodules: boolean;
}

const known = ['ref', 'branch', 'tag', 'commit', 'checksum', 'subdir', 'keep-git-dir', 'submodules'];

/**
 * Reads `https://host/x.git#ref:folder`, `git://…`, `ssh://…`, `git@host:x.git#…`, or the same with `?branch=…&subdir=…`. Undefined for
 * what is no git repository: an http(s) URL is one when its path ends in `.git`.
 * @throws CaissonError `invalid-argument`
 */
export function parseGitUrl(text: string): GitUrl | undefined {
  const scp = /^[A-Za-z0-9_.-]+@[A-Za-z0-9_.-]+:(?!\/\/)[^#?]+/.test(text);
  if (!scp && !/^(?:git|ssh|https?):\/\//i.test(text)) return undefined;
  const [beforeFragment = '', fragment] = splitOnce(text, '#');
  const [remote = '', query] = splitOnce(beforeFragment, '?');
  if (/^https?:/i.test(text) && !/\.git\/?$/.test(remote)) return undefined;
  const parameters = new URLSearchParams(query ?? '');
  for (const name of parameters.keys())
    if (!known.includes(name)) throw new CaissonError('invalid-argument', `${remote}: unknown query ${JSON.stringify(name)}`, { hint: `known are ${known.join(', ')}` });
  const [fragmentRef, fragmentFolder] = splitOnce(fragment ?? '', ':');
  const branch = parameters.get('branch');
  const tag = parameters.get('tag');
  const ref = fragmentRef || parameters.get('ref') || (branch && `refs/heads/${branch}`) || (tag && `refs/tags/${tag}`) || parameters.get('commit') || undefined;
  if (ref !== undefined && (ref.startsWith('-') || !/^[\w./@{}^~+-]+$/.test(ref))) throw new CaissonError('invalid-argument', `${JSON.stringify(ref.slice(0, 100))} is no git ref`);
  const folder = cleanFolder(fragmentFolder ?? parameters.get('subdir') ?? '');
  const keep = parameters.get('keep-git-dir');
  return {
    remote,
    ref,
    folder,
    checksum: parameters.get('checksum') ?? undefined,
    keepGitDir: keep === null ? undefined : keep !== 'false' && keep !== '0',
    submodules: parameters.get('submodules') !== 'false' && parameters.get('submodules') !== '0',
  };
}

function cleanFolder(text: string): string {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new CaissonError('invalid-argument', `the folder ${JSON.stringify(text.slice(0, 100))} leads out of the repository`);
  return parts.join('/');
}

function splitOnce(text: string, at: string): [string, string | undefined] {
  const place = text.indexOf(at);
  return place < 0 ? [text, undefined] : [text.slice(0, place), text.slice(place + 1)];
}
