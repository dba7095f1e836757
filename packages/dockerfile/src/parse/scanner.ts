/** Walks a text line by line without copying it; a line ends at `\n` alone, as in BuildKit. */
export class LineScanner {
  readonly text: string;
  /** Number of the current line, 0 before the first. */
  line = 0;
  /** Offset of the current line's first character (after a byte order mark). */
  start: number;
  /** End of the line's text, before `\r*\n`. */
  end: number;
  /** Where the next line begins. */
  next: number;

  constructor(text: string) {
    this.text = text;
    this.start = 0;
    this.end = 0;
    this.next = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  }

  advance(): boolean {
    if (this.next >= this.text.length) return false;
    this.line++;
    this.start = this.next;
    const newline = this.text.indexOf('\n', this.start);
    this.next = newline < 0 ? this.text.length : newline + 1;
    let end = newline < 0 ? this.text.length : newline;
    while (end > this.start && this.text.charCodeAt(end - 1) === 13) end--;
    this.end = end;
    return true;
  }
}
