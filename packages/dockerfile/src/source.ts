/** Lines and columns count from 1, columns in UTF-16 units; offsets from 0 into the text that was parsed. */
export interface SourcePosition {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

/** Where something stands in a Dockerfile; `end` is exclusive. */
export interface SourceRange {
  readonly file?: string;
  readonly start: SourcePosition;
  readonly end: SourcePosition;
}

/** What is wrong with a Dockerfile, by a word that stays the same across versions. */
export type ProblemCode =
  | 'encoding' // the bytes are not UTF-8
  | 'empty' // no instruction at all
  | 'directive' // a parser directive is repeated or has a wrong value
  | 'unknown-instruction'
  | 'unknown-flag'
  | 'duplicate-flag'
  | 'flag-value' // a flag lacks its value or has a wrong one
  | 'arguments' // too few, too many or malformed arguments
  | 'json' // an array with something else than strings
  | 'heredoc' // not terminated, or where none can be
  | 'onbuild' // an instruction that ONBUILD cannot hold
  | 'order' // an instruction before the first FROM
  | 'expansion' // a bad substitution, or a variable that must be set
  | 'stage' // unknown, circular or misnamed stage
  | 'limit'; // larger or deeper than any real file

/** A fault in the text: one line, a range, and what to do about it where that can be said. */
export interface Problem {
  readonly code: ProblemCode;
  readonly message: string;
  readonly range: SourceRange;
  readonly hint?: string;
}

/** Thrown where a single value is asked for and cannot be had; `problem` has the range, if the caller gave one. */
export class DockerfileError extends Error {
  override readonly name = 'DockerfileError';
  readonly code: ProblemCode;
  readonly hint?: string;
  readonly range?: SourceRange;

  constructor(code: ProblemCode, message: string, options: { readonly hint?: string; readonly range?: SourceRange } = {}) {
    super(message);
    this.code = code;
    if (options.hint !== undefined) this.hint = options.hint;
    if (options.range !== undefined) this.range = options.range;
  }
}
