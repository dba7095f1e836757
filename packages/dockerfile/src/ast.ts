import type { Problem, SourceRange } from './source.js';
import type { Instruction } from './instructions.js';

/** `# name=value` at the very top; `syntax` is also found behind `//` and in JSON. */
export interface Directive {
  readonly name: 'syntax' | 'escape' | 'check';
  readonly value: string;
  readonly range: SourceRange;
  readonly valueRange: SourceRange;
}

/** One comment line without its `#` and surrounding space; also those between continued lines. */
export interface Comment {
  readonly text: string;
  readonly range: SourceRange;
}

/** A piece of an instruction as BuildKit's parser sees it: continuation lines joined, nothing expanded, quotes kept (not in JSON form). */
export interface Arg {
  readonly value: string;
  readonly range: SourceRange;
}

/** `--name=value`; `value` is undefined where there was no `=`. */
export interface Flag {
  readonly name: string;
  readonly value?: string;
  readonly range: SourceRange;
  readonly nameRange: SourceRange;
  readonly valueRange?: SourceRange;
}

export interface Heredoc {
  readonly name: string;
  /** File descriptor before `<<`, 0 where none was written. */
  readonly fd: number;
  /** False when a part of the word was quoted: then `$x` stays as it is. */
  readonly expand: boolean;
  /** `<<-`: leading tabs are to be taken off, which `content` has not done (see `chompHeredoc`). */
  readonly chomp: boolean;
  /** The body as written, with its line ends. */
  readonly content: string;
  /** The `<<EOF` on the instruction's line. */
  readonly range: SourceRange;
  readonly bodyRange: SourceRange;
  /** The line that ends it. */
  readonly terminatorRange: SourceRange;
}

/** What every instruction has, valid or not. */
export interface InstructionBase {
  /** In upper case: `COPY`. */
  readonly name: string;
  /** As written: `copy`. */
  readonly keyword: Arg;
  /** From the keyword to the end of the last line, heredocs included, without the final line end. */
  readonly range: SourceRange;
  /** The source between `range.start` and `range.end`. */
  readonly text: string;
  /** One logical line: continuation characters and comments inside are gone. */
  readonly line: string;
  readonly flags: readonly Flag[];
  readonly args: readonly Arg[];
  readonly heredocs: readonly Heredoc[];
  /** Comment lines directly above, without a directive or blank line in between. */
  readonly comments: readonly Comment[];
  /** True for the `["a", "b"]` form. */
  readonly json: boolean;
  /** Line numbers of empty lines in the middle of a continued instruction (deprecated by BuildKit). */
  readonly emptyContinuations: readonly number[];
}

/**
 * A parsed Dockerfile. Parsing never throws: what is wrong is in `errors`, in source order, and what could be understood is in
 * `instructions`. Offsets are into `source`.
 */
export interface Dockerfile {
  readonly file?: string;
  readonly source: string;
  readonly escape: '\\' | '`';
  readonly directives: readonly Directive[];
  readonly instructions: readonly Instruction[];
  /** Every comment line of the file, those inside instructions and heredoc-free text included; directives are not comments. */
  readonly comments: readonly Comment[];
  readonly errors: readonly Problem[];
}
