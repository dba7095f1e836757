import { DockerfileError } from '../source.js';

/** A shell pattern as pieces between its stars; `undefined` in a piece is `?`. */
type Piece = readonly (string | undefined)[];

const longest = 1024;

/** Only `*` and `?` are special (no brackets), `\` takes `* ? \ } /` literally, as in BuildKit. */
function compile(pattern: string): Piece[] {
  if (pattern.length > longest) throw new DockerfileError('limit', `pattern of ${pattern.length} characters in a substitution, more than ${longest}`);
  const pieces: (string | undefined)[][] = [[]];
  const chars = Array.from(pattern);
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i];
    const piece = pieces[pieces.length - 1] ?? [];
    if (char === '*') pieces.push([]);
    else if (char === '?') piece.push(undefined);
    else if (char === '\\') {
      const next = chars[++i];
      if (next === undefined || !'*?\\}/'.includes(next)) throw new DockerfileError('expansion', `invalid pattern (${pattern}) in substitution: invalid escape '\\${next ?? ''}'`);
      piece.push(next);
    } else piece.push(char);
  }
  return pieces;
}

function fits(chars: readonly string[], piece: Piece, at: number): boolean {
  if (at < 0 || at + piece.length > chars.length) return false;
  for (let i = 0; i < piece.length; i++) if (piece[i] !== undefined && piece[i] !== chars[at + i]) return false;
  return true;
}

function first(chars: readonly string[], piece: Piece, from: number): number {
  for (let at = from; at + piece.length <= chars.length; at++) if (fits(chars, piece, at)) return at;
  return -1;
}

function final(chars: readonly string[], piece: Piece, from: number): number {
  for (let at = chars.length - piece.length; at >= from; at--) if (fits(chars, piece, at)) return at;
  return -1;
}

/**
 * End of the match of `pieces` that begins at `start`, where pieces[0] is already known to fit; -1 for none. Taking each middle piece
 * at its first place leaves the most room, so one pass decides, whatever the pattern.
 */
function matchEnd(chars: readonly string[], pieces: readonly Piece[], start: number, greedy: boolean): number {
  let end = start + (pieces[0]?.length ?? 0);
  for (let i = 1; i < pieces.length; i++) {
    const piece = pieces[i] ?? [];
    const last = i === pieces.length - 1;
    const at = last && greedy ? final(chars, piece, end) : first(chars, piece, end);
    if (at < 0) return -1;
    end = at + piece.length;
  }
  return end;
}

/** `${x#pattern}` and, greedy, `${x##pattern}`. */
export function trimPrefix(value: string, pattern: string, greedy: boolean): string {
  const chars = Array.from(value);
  const pieces = compile(pattern);
  if (!fits(chars, pieces[0] ?? [], 0)) return value;
  const end = matchEnd(chars, pieces, 0, greedy);
  return end < 0 ? value : chars.slice(end).join('');
}

/** `${x%pattern}` and, greedy, `${x%%pattern}`. */
export function trimSuffix(value: string, pattern: string, greedy: boolean): string {
  const chars = Array.from(value).reverse();
  const pieces = compile(pattern)
    .map((piece) => [...piece].reverse())
    .reverse();
  if (!fits(chars, pieces[0] ?? [], 0)) return value;
  const end = matchEnd(chars, pieces, 0, greedy);
  return end < 0 ? value : chars.slice(end).reverse().join('');
}

/** `${x/pattern/with}` and, all, `${x//pattern/with}`: the leftmost longest match. */
export function replacePattern(value: string, pattern: string, replacement: string, all: boolean): string {
  const chars = Array.from(value);
  const pieces = compile(pattern);
  const out: string[] = [];
  let at = 0;
  while (at <= chars.length) {
    const start = first(chars, pieces[0] ?? [], at);
    const end = start < 0 ? -1 : matchEnd(chars, pieces, start, true);
    if (end < 0) break;
    out.push(chars.slice(at, start).join(''), replacement);
    at = end;
    if (end === start) {
      if (end < chars.length) out.push(chars[end] ?? '');
      at++;
    }
    if (!all) break;
  }
  out.push(chars.slice(at).join(''));
  return out.join('');
}
