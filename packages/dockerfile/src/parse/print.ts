import type { Dockerfile } from '../ast.js';

/**
 * The text of a parsed file, byte for byte, with every instruction's own `text` in its place: a copy of the file in which an
 * instruction's text was changed prints with that change.
 */
export function print(file: Dockerfile): string {
  const parts: string[] = [];
  let at = 0;
  for (const { range, text } of file.instructions) {
    parts.push(file.source.slice(at, range.start.offset), text);
    at = range.end.offset;
  }
  parts.push(file.source.slice(at));
  return parts.join('');
}
