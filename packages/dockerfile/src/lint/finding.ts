import type { SourceRange } from '../source.js';

export type Severity = 'error' | 'warning' | 'info' | 'style';

/** Replaces the text between two offsets. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

export interface Finding {
  /** `DL3008`, `StageNameCasing`, `size/deleted-later`; parse errors are `parse/<problem code>`. */
  readonly code: string;
  /** Codes of rules that say the same of the same place and were left out for that. */
  readonly also: readonly string[];
  readonly severity: Severity;
  /** One sentence without a final full stop. */
  readonly message: string;
  readonly range: SourceRange;
  /** What to do, where the rule can say it of this very place. */
  readonly hint?: string;
  /** Edits that change the text but not the image; all or none of them. */
  readonly fix?: readonly TextEdit[];
}

export const severities: readonly Severity[] = ['error', 'warning', 'info', 'style'];
