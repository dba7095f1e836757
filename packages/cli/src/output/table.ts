const gap = 3;

/**
 * Columns as docker prints them: cells end with a tab; neighbouring lines share the width of a column, which is that of the widest cell and
 * three spaces, and `minimum` at least. What stands behind the last tab of a line is not padded.
 */
export function align(text: string, minimum = 10): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const open = lines.map((_, number) => number);
  for (let column = 0, some = open; some.length > 0; column++) {
    const having: number[] = some.filter((number) => (lines[number]?.length ?? 0) > column + 1);
    for (let start = 0; start < having.length; ) {
      let end = start + 1;
      while (end < having.length && having[end] === (having[end - 1] ?? 0) + 1) end++;
      pad(lines, having.slice(start, end), column, minimum);
      start = end;
    }
    some = having;
  }
  return lines.map((cells) => cells.join('')).join('\n');
}

function pad(lines: string[][], numbers: readonly number[], column: number, minimum: number): void {
  const widths = numbers.map((number) => Array.from(lines[number]?.[column] ?? '').length);
  const width = widths.reduce((most, one) => Math.max(most, one + gap), minimum);
  for (const [place, number] of numbers.entries()) {
    const cells = lines[number];
    if (cells) cells[column] += ' '.repeat(width - (widths[place] ?? 0));
  }
}

/** A heading and rows, aligned. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  return align([header, ...rows].map((row) => row.map((cell) => cell.replaceAll(/[\t\n]+/g, ' ')).join('\t')).join('\n'));
}
