import { describe, expect, it } from 'vitest';
import { cut, LiveLines, plainText, widthOf } from '../../src/output/live-lines.js';

/** A terminal that does what LiveLines asks of one, and counts writes. */
class Terminal {
  columns: number;
  rows = 10;
  writes = 0;
  #screen: string[] = [];

  constructor(columns: number) {
    this.columns = columns;
  }

  get text(): string {
    return this.#screen.join('\n');
  }

  write(data: string): boolean {
    this.writes++;
    const [, up = '0', rest = ''] = /^(?:\p{Cc}\[(\d+)A\r)?([\s\S]*)\p{Cc}\[J$/u.exec(data) ?? [];
    const kept = this.#screen.slice(0, this.#screen.length - Number(up));
    const lines = rest.split('\u001B[K\n').slice(0, -1);
    this.#screen = [...kept, ...lines.flatMap((line) => line.match(new RegExp(`.{1,${this.columns}}`, 'gu')) ?? [''])];
    return true;
  }

  /** As terminals do it: what is too wide now goes on in the next line. */
  narrow(columns: number): void {
    this.columns = columns;
    this.#screen = this.#screen.flatMap((line) => line.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? ['']);
  }
}

describe('lines that change', () => {
  it('are drawn over each other in one write a frame, below what stays', () => {
    const terminal = new Terminal(20);
    const lines = new LiveLines(terminal as never);
    lines.draw([], ['one', 'two', 'three']);
    lines.draw(['finished'], ['two', 'three']);
    expect(terminal.text).toBe('finished\ntwo\nthree');
    lines.draw([], ['two', 'three']);
    expect(terminal.writes).toBe(2);
    lines.draw([], ['two']);
    lines.draw(['two is done'], []);
    expect(terminal.text).toBe('finished\ntwo is done');
  });

  it('fit the terminal, also when it becomes narrower, and no line is lost or left', () => {
    const terminal = new Terminal(40);
    const lines = new LiveLines(terminal as never);
    lines.draw([], ['a'.repeat(60), 'b']);
    expect(terminal.text).toBe(`${'a'.repeat(38)}…\nb`);
    terminal.narrow(15);
    lines.draw(['x'.repeat(20)], ['a'.repeat(60), 'c']);
    expect(terminal.text).toBe(`${'x'.repeat(15)}\n${'x'.repeat(5)}\n${'a'.repeat(13)}…\nc`);
    lines.draw([], Array.from({ length: 30 }, (_, n) => `line ${n}`));
    expect(terminal.text.split('\n').slice(2)).toEqual(Array.from({ length: 9 }, (_, n) => `line ${n + 21}`));
  });

  it.each([
    ['plain', 5],
    ['日本', 4],
    ['é', 1],
    ['e\u0301', 1],
    ['🚀', 2],
    ['\u001B[31mred\u001B[39m', 3],
  ])('knows how wide %s is', (text, width) => {
    expect(widthOf(text)).toBe(width);
  });

  it('are cut where a character would be in two, with their colours', () => {
    expect(cut('日本語です', 6)).toBe('日本…');
    expect(cut('\u001B[31mred and more\u001B[39m', 5)).toBe('\u001B[31mred …\u001B[0m');
    expect(cut('short', 5)).toBe('short');
  });

  it('hold nothing that moves the cursor', () => {
    expect(plainText('10%\r20%\r100%\r')).toBe('100%');
    expect(plainText('\u001B[2J\u001B[31mred\u001B[0m\u0007\tx\u001B]0;title\u0007')).toBe('red    x');
  });
});
