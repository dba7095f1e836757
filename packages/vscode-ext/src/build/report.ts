import { isCaissonError, type SourceRange } from '@caisson/core';
import { pathToFileURL } from 'node:url';
import type { LastBuild } from '../language-server/protocol.js';
import { formatBytes, formatSeconds } from '../format/units.js';
import { explain } from '../util/errors.js';
import type { BuildPlan } from './plan.js';
import type { ProgressChange, StepProgress } from './progress.js';
import type { BuildOutcome, BuildSession } from './session.js';

/** Where a build failed, in the file that is at fault. */
export interface BuildFault {
  readonly message: string;
  readonly file: string;
  readonly range: SourceRange | undefined;
}

/** The step that failed, or where the Dockerfile is wrong; else the whole of it. */
export function faultOf(session: BuildSession, error: unknown): BuildFault {
  const step = session.progress.failed;
  const range = (isCaissonError(error) ? error.range : undefined) ?? step?.range;
  return { message: explain(error), file: session.plan.dockerfile, range };
}

/** For the language server's lenses and hints. */
export function lastBuildOf(session: BuildSession, outcome: BuildOutcome, textOf: (step: StepProgress) => string | undefined): LastBuild {
  const { plan, progress } = session;
  const sizes = progress.steps.flatMap((step) => step.size ?? []);
  return {
    dockerfile: pathToFileURL(plan.dockerfile).href,
    context: plan.context,
    succeeded: outcome.kind === 'succeeded',
    finished: new Date().toISOString(),
    duration: outcome.seconds,
    ...(plan.target === undefined ? {} : { target: plan.target }),
    ...(outcome.kind === 'succeeded' ? { size: sizes.reduce((sum, size) => sum + size, 0) } : {}),
    steps: progress.steps
      .filter((step) => step.state !== 'waiting')
      .map((step) => {
        const text = textOf(step);
        return {
          line: step.line,
          cached: step.state === 'cached',
          ...(text === undefined ? {} : { text }),
          ...(step.reason === undefined ? {} : { reason: step.reason }),
          ...(step.size === undefined ? {} : { size: step.size }),
          ...(step.seconds === undefined ? {} : { duration: step.seconds }),
          ...(step.error === undefined ? {} : { error: step.error }),
        };
      }),
  };
}

/** What the build says of a change on a terminal, if anything. Errors and warnings take the form that the problem matcher reads. */
export function terminalLine(change: ProgressChange, plan: BuildPlan): string | undefined {
  switch (change.kind) {
    case 'stage':
      return change.stage.skipped === undefined ? undefined : `\x1b[2m${change.stage.name}: ${change.stage.skipped}\x1b[0m\n`;
    case 'step': {
      const { step } = change;
      if (step.state === 'cached') return `\x1b[36m${step.title}\x1b[0m \x1b[2mCACHED\x1b[0m\n`;
      if (step.state === 'done') return `\x1b[36m${step.title}\x1b[0m \x1b[32mdone\x1b[0m \x1b[2m${[step.seconds === undefined ? '' : formatSeconds(step.seconds), step.size === undefined ? '' : formatBytes(step.size), step.reason ?? ''].filter(Boolean).join(', ')}\x1b[0m\n`;
      return step.state === 'failed' ? problemLine(plan.dockerfile, step.range, 'error', `${step.title}: ${step.error ?? ''}`) : undefined;
    }
    case 'log':
      return change.text.endsWith('\n') ? change.text : `${change.text}\n`;
    case 'warning':
      return `\x1b[33mwarning: ${change.text}\x1b[0m\n`;
  }
}

/** `file:line:column: error: text` */
export function problemLine(file: string, range: SourceRange | undefined, severity: 'error' | 'warning', text: string): string {
  return `${file}:${range?.start.line ?? 1}:${range?.start.column ?? 1}: ${severity}: ${text.split('\n')[0] ?? ''}\n`;
}
