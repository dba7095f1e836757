/** Go's unicode.IsSpace, which differs from JavaScript's \s in U+0085 and U+FEFF. */
export function isSpace(code: number): boolean {
  if (code < 0x80) return code === 32 || (code >= 9 && code <= 13);
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000
  );
}

/** What separates words on a logical line: `[\t\v\f\r ]`. */
export function isBlank(code: number): boolean {
  return code === 32 || code === 9 || code === 11 || code === 12 || code === 13;
}

export function skipSpace(text: string, at: number, end = text.length): number {
  while (at < end && isSpace(text.charCodeAt(at))) at++;
  return at;
}

export function trimEndIndex(text: string, start: number, end = text.length): number {
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--;
  return end;
}
