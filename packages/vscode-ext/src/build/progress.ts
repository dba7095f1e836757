import type { BuildEvent, MissReason, SourceRange } from '@caisson/core';

export type StepState = 'waiting' | 'running' | 'cached' | 'done' | 'failed';

/** One instruction, as far as the build has come with it. */
export interface StepProgress {
  readonly id: string;
  readonly stage: string;
  readonly title: string;
  readonly line: number;
  readonly range: SourceRange;
  state: StepState;
  /** Why it was not taken from the cache. */
  reason?: string;
  /** True where that is only that it has not been built before, which needs no telling in a first build. */
  first?: boolean;
  changes?: MissReason['changes'];
  seconds?: number;
  size?: number;
  diffId?: string;
  /** What it says of itself while it runs: «downloading 40 %». */
  doing?: string;
  error?: string;
}

export interface StageProgress {
  readonly name: string;
  /** Why the target does not need it. */
  readonly skipped?: string;
  readonly steps: StepProgress[];
}

/** What one event has changed: enough to bring a picture of it up to date. */
export type ProgressChange =
  | { readonly kind: 'stage'; readonly stage: StageProgress }
  | { readonly kind: 'step'; readonly step: StepProgress }
  | { readonly kind: 'log'; readonly step: string; readonly stream: 'stdout' | 'stderr'; readonly text: string }
  | { readonly kind: 'warning'; readonly text: string };

/** Where a build is: made of its events, one after the other. Output is handed on, not kept. */
export class BuildProgress {
  readonly stages: StageProgress[] = [];
  readonly #steps = new Map<string, StepProgress>();

  get steps(): readonly StepProgress[] {
    return [...this.#steps.values()];
  }

  /** The step that failed, if one has. */
  get failed(): StepProgress | undefined {
    return this.steps.find((step) => step.state === 'failed');
  }

  take(event: BuildEvent): readonly ProgressChange[] {
    switch (event.type) {
      case 'stage': {
        const steps = event.steps.map((info): StepProgress => ({ ...info, line: info.range.start.line, state: 'waiting' }));
        for (const step of steps) this.#steps.set(step.id, step);
        const stage = { name: event.stage, steps };
        this.stages.push(stage);
        return [{ kind: 'stage', stage }];
      }
      case 'skipped': {
        const stage = { name: event.stage, skipped: event.why, steps: [] };
        this.stages.push(stage);
        return [{ kind: 'stage', stage }];
      }
      case 'started':
        return this.#change(event.step.id, { state: 'running' });
      case 'hit':
        return this.#change(event.step, { state: 'cached' });
      case 'miss':
        return this.#change(event.step, { reason: event.reason.text, changes: event.reason.changes, first: event.reason.kind === 'first-build' });
      case 'output':
        return [{ kind: 'log', step: event.step, stream: event.stream, text: event.text }];
      case 'note':
        return [{ kind: 'log', step: event.step, stream: 'stderr', text: `${event.message}\n` }];
      case 'progress': {
        const { status, current, total } = event.progress;
        return this.#change(event.step, { doing: current !== undefined && total !== undefined && total > 0 ? `${status} ${Math.floor((current / total) * 100)} %` : status });
      }
      case 'done':
        return this.#change(event.step, { state: event.cached ? 'cached' : 'done', seconds: event.seconds, ...(event.layer === undefined ? {} : { size: event.layer.size, diffId: event.layer.diffId }) });
      case 'failed':
        return this.#change(event.step, { state: 'failed', error: event.message });
      case 'warning':
        return [{ kind: 'warning', text: event.message }];
    }
  }

  /** No step runs any more, since the build was given up. */
  stop(): readonly ProgressChange[] {
    return this.steps.filter(({ state }) => state === 'running').flatMap(({ id }) => this.#change(id, { state: 'waiting' }));
  }

  #change(id: string, change: Partial<StepProgress>): readonly ProgressChange[] {
    const step = this.#steps.get(id);
    if (step === undefined) return [];
    Object.assign(step, change);
    if (step.state !== 'running') delete step.doing;
    return [{ kind: 'step', step }];
  }
}
