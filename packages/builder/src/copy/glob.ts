import { CaissonError } from '@caisson/core';

/** True when a COPY source has wildcards, by Go's filepath.Match: `*`, `?`, `[…]`; a backslash takes their meaning away. */
export function hasWildcard(pattern: string): boolean {
  return /(?:^|[^\\])(?:\\\\)*[*?[]/.test(pattern);
}

/** Takes the backslashes out of a pattern without wildcards. */
export function unescapePattern(pattern: string): string {
  return pattern.replace(/\\(.)/g, '$1');
}

/** A test for one part of a path (no slashes). @throws CaissonError `invalid-argument` for a pattern that is not closed. */
export function compilePart(pattern: string): (name: string) => boolean {
  let source = '^';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i] as string;
    if (c === '*') source += '[^/]*';
    else if (c === '?') source += '[^/]';
    else if (c === '[') {
      const end = closing(pattern, i);
      if (end < 0) throw new CaissonError('invalid-argument', `the pattern ${JSON.stringify(pattern)} has a bracket that is not closed`);
      source += characterClass(pattern.slice(i + 1, end));
      i = end;
    } else {
      if (c === '\\') i++;
      source += (pattern[i] ?? '\\').replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    }
  }
  let expression: RegExp;
  try {
    expression = new RegExp(`${source}$`, 's');
  } catch (cause) {
    throw new CaissonError('invalid-argument', `the pattern ${JSON.stringify(pattern)} is not valid`, { cause });
  }
  return (name) => expression.test(name);
}

function closing(pattern: string, open: number): number {
  // A bracket right after the opening one, or after ^, stands for itself only with a backslash: Go is stricter than the shell.
  for (let i = open + 1; i < pattern.length; i++) {
    if (pattern[i] === '\\') i++;
    else if (pattern[i] === ']' && i > open + 1) return i;
  }
  return -1;
}

function characterClass(body: string): string {
  const negated = body.startsWith('^');
  const inner = (negated ? body.slice(1) : body).replace(/\\(.)|([\][^&])/g, (_, escaped: string | undefined, special: string | undefined) => `\\${escaped ?? special ?? ''}`);
  return `[${negated ? '^' : ''}${inner}]`;
}
