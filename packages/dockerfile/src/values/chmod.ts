import { DockerfileError } from '../source.js';

/** A parsed `--chmod`: give it the mode a file has now, get the one it shall have (12 bits). */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const umask = 0o022;

/**
 * Octal (`755`) or symbolic (`u=rwX,go=rX`) as chmod(1) has it; a clause without `ugoa` leaves out the bits of umask 022.
 * @throws DockerfileError `flag-value`
 */
export function parseChmod(text: string): ModeChange {
  if (/^[0-7]{1,5}$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    if (mode <= 0o7777) return () => mode;
  }
  if (/^[0-9]/.test(text) || text === '') throw bad(text);
  const clauses = text.split(',').flatMap((clause) => parseClause(clause, text));
  return (mode, isDirectory) => clauses.reduce((now, change) => change(now, isDirectory), mode & 0o7777);
}

function bad(text: string): DockerfileError {
  return new DockerfileError('flag-value', `invalid chmod parameter: '${text.slice(0, 60)}'`, {
    hint: 'write it in octal between 0 and 07777, or like u=rwX,go=rX',
  });
}

function parseClause(clause: string, whole: string): ModeChange[] {
  const match = /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause);
  if (!match || clause.length > 200) throw bad(whole);
  const given = match[1] ?? '';
  const who = given === '' || given.includes('a') ? 'ugo' : given;
  const mask = given === '' ? ~umask & 0o7777 : 0o7777;
  return [...(match[2] ?? '').matchAll(/([-+=])([ugo](?![rwxXst])|[rwxXst]*)/g)].map((action) => change(who, mask, action[1] ?? '', action[2] ?? ''));
}

function change(who: string, mask: number, operator: string, permissions: string): ModeChange {
  const shifts = [...new Set(who)].map((one) => ({ u: 6, g: 3, o: 0 })[one] ?? 0);
  const reach = shifts.reduce((bits, shift) => bits | (7 << shift), 0) | (who.includes('u') ? 0o4000 : 0) | (who.includes('g') ? 0o2000 : 0) | (who.length >= 3 ? 0o1000 : 0);
  return (mode, isDirectory) => {
    const bits = bitsOf(permissions, shifts, who, mode, isDirectory) & mask;
    if (operator === '+') return mode | bits;
    if (operator === '-') return mode & ~bits;
    // A directory keeps its set-id bits unless they are named, as coreutils does.
    const kept = isDirectory && !permissions.includes('s') ? 0o6000 : 0;
    return (mode & ~(reach & ~kept)) | bits;
  };
}

function bitsOf(permissions: string, shifts: readonly number[], who: string, mode: number, isDirectory: boolean): number {
  const copied = { u: 6, g: 3, o: 0 }[permissions];
  let three = copied === undefined ? 0 : (mode >> copied) & 7;
  let bits = 0;
  for (const one of copied === undefined ? permissions : '') {
    if (one === 'r') three |= 4;
    else if (one === 'w') three |= 2;
    else if (one === 'x' || (one === 'X' && (isDirectory || (mode & 0o111) !== 0))) three |= 1;
    else if (one === 's') bits |= (who.includes('u') ? 0o4000 : 0) | (who.includes('g') ? 0o2000 : 0);
    else if (one === 't') bits |= 0o1000;
  }
  return shifts.reduce((all, shift) => all | (three << shift), bits);
}
