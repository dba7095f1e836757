import type { InstructionKind } from '../instructions.js';
import type { LintContext } from './context.js';
import type { Severity } from './finding.js';

/** What some files have and most rules about it need. */
export type Feature =
  | 'stage-name' // FROM … AS name
  | 'platform' // FROM --platform
  | 'from-variable' // a variable in FROM
  | 'copy-from' // COPY --from
  | 'shell-form' // CMD or ENTRYPOINT that is no array
  | 'repeated' // two CMD, ENTRYPOINT or HEALTHCHECK
  | 'runs' // more than one RUN
  | 'other-case' // a keyword that is not in upper case
  | 'relative' // a WORKDIR or a target of COPY or ADD that does not begin at the root
  | 'no-from' // something other than ARG above the first FROM
  | 'empty-continuation'
  | 'pipe'
  | 'config'; // registries, labels, platforms or ignored files in the config

/**
 * One check: what it says and why is data (docs are made from it, tests run its examples), how it finds is one function. Rules keep
 * no state between files.
 */
export interface Rule {
  /** BuildKit's name for its checks, `DL…` for hadolint's, `cache/…` or `size/…` for our own. */
  readonly code: string;
  readonly severity: Severity;
  /** One sentence without a final full stop; the default message. */
  readonly title: string;
  /** Why it matters, in a sentence or two. */
  readonly why: string;
  /** A whole Dockerfile that makes it fire, and one that does not. */
  readonly bad: string;
  readonly good: string;
  /** Needs to be switched on in the config. */
  readonly off?: true;
  /** A rule that says the same; where both fire, only that one is shown. */
  readonly coveredBy?: string;
  readonly fixable?: true;
  /** Config under which the examples hold. */
  readonly exampleConfig?: LintConfigLike;
  /** It finds something only in a file that has one of these, ONBUILD's included: most rules need not run on most files. */
  readonly instructions?: readonly InstructionKind[];
  /** It finds something only in a file that runs one of these. */
  readonly commands?: readonly string[];
  /** It finds something only in a file that has one of these. */
  readonly features?: readonly Feature[];
  readonly check: (context: LintContext) => void;
}

export type LintConfigLike = Readonly<Record<string, unknown>>;

export function rule(definition: Rule): Rule {
  return definition;
}
