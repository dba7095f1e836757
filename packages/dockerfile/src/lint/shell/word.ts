import type { SourceRange } from '../../source.js';

/** Makes ranges of offsets into a piece of shell text. */
export interface Place {
  range(pos: number, end: number): SourceRange;
}

/** A word of a command. Most are never reported: the range is made when it is asked for. */
export class ShellWord {
  /** Without quotes, with variables replaced where their value is known and left as `$x` where it is not. */
  readonly value: string;
  /** As written. */
  readonly text: string;
  private readonly place: Place;
  private readonly pos: number;
  private readonly end: number;

  constructor(value: string, text: string, place: Place, pos: number, end: number) {
    this.value = value;
    this.text = text;
    this.place = place;
    this.pos = pos;
    this.end = end;
  }

  get range(): SourceRange {
    return this.place.range(this.pos, this.end);
  }

  /** The same place, read as another word. */
  as(value: string): ShellWord {
    return new ShellWord(value, this.text, this.place, this.pos, this.end);
  }
}
