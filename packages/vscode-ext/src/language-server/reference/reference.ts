/** What the language has, as data: hover, completion and signature help are made from it. */
export interface InstructionDoc {
  readonly name: string;
  /** One line. */
  readonly summary: string;
  /** Markdown; more than the summary. */
  readonly details: string;
  /** Each way to write it; `…` repeats, brackets mark what can be left out. */
  readonly signatures: readonly Signature[];
  /** What completion inserts, with the editor's placeholders. */
  readonly snippet: string;
  readonly flags: readonly FlagDoc[];
  /** Where the reference describes it. */
  readonly anchor: string;
  readonly deprecated?: true;
}

export interface Signature {
  readonly parameters: readonly Parameter[];
}

export interface Parameter {
  /** As shown: `[--from=SOURCE]`. */
  readonly label: string;
  readonly summary: string;
}

export interface FlagDoc {
  readonly name: string;
  /** As shown: `SOURCE`; absent for a flag that needs no value. */
  readonly value?: string;
  readonly summary: string;
  /** Values to choose from. */
  readonly values?: readonly string[];
  readonly repeatable?: true;
}

export interface KeyDoc {
  readonly name: string;
  readonly summary: string;
  /** Types of mount that take it. */
  readonly types: readonly string[];
  readonly values?: readonly string[];
  /** Other names for the same. */
  readonly aliases?: readonly string[];
  /** Stands alone, without `=`. */
  readonly bare?: true;
}

export const referenceUrl = 'https://docs.docker.com/reference/dockerfile/';
