import { stripVTControlCharacters } from 'node:util';

type Screen = Pick<NodeJS.WriteStream, 'columns' | 'rows' | 'write'>;

/**
 * Lines at the bottom of a terminal that change, below lines that stay. Each frame is one write, which goes over the frame before and erases
 * only what that leaves: nothing flickers, and no frame is seen half-drawn. No line is wider than the terminal, which would make it two.
 */
export class LiveLines {
  readonly #screen: Screen;
  #drawn: readonly string[] = [];
  #frame = '';

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  get columns(): number {
    return this.#screen.columns || 80;
  }

  /** `above` stays, and may be longer than the terminal is wide. */
  draw(above: readonly string[], live: readonly string[]): void {
    const shown = live.slice(-Math.max(1, (this.#screen.rows || 24) - 1)).map((line) => cut(line, this.columns - 1));
    const frame = shown.join('\n');
    if (above.length === 0 && frame === this.#frame) return;
    // The terminal may have become narrower since: what was one line then takes several now.
    const up = this.#drawn.reduce((rows, line) => rows + Math.max(1, Math.ceil(widthOf(line) / this.columns)), 0);
    const lines = [...above, ...shown].map((line) => `${line}\u001B[K\n`).join('');
    this.#screen.write(`${up > 0 ? `\u001B[${up}A\r` : ''}${lines}\u001B[J`);
    this.#drawn = shown;
    this.#frame = frame;
  }
}

/** What a program printed, without what would move the cursor or ring: of a progress bar that is drawn over and over, its last state. */
export function plainText(text: string): string {
  const last = text.replace(/\r+$/, '').split('\r').at(-1) ?? '';
  return stripVTControlCharacters(last).replaceAll('\t', '    ').replace(/\p{Cc}/gu, '');
}

/** To so many columns, with an ellipsis where something is left out; colours end there too. */
export function cut(line: string, columns: number): string {
  if (widthOf(line) <= columns) return line;
  let width = 0;
  let kept = '';
  for (const [piece] of line.matchAll(/\p{Cc}\[[\d;]*m|./gsu)) {
    const own = piece.startsWith('\u001B') ? 0 : widthOfCharacter(piece);
    if (width + own > columns - 1) break;
    width += own;
    kept += piece;
  }
  return `${kept}…${line.includes('\u001B') ? '\u001B[0m' : ''}`;
}

export function widthOf(line: string): number {
  let width = 0;
  for (const character of stripVTControlCharacters(line)) width += widthOfCharacter(character);
  return width;
}

/** East Asian characters and pictures take two columns, marks that combine with what is before them none. */
function widthOfCharacter(character: string): number {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  if (/\p{Mark}/u.test(character) || (code >= 0x200b && code <= 0x200d)) return 0;
  return /[\u1100-\u115F\u2E80-\uA4CF\uA960-\uA97F\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFD}]/u.test(character) ? 2 : 1;
}
