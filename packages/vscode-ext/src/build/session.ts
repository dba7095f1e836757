import { CaissonError, type BuildResult, type Engine } from '@caisson/core';
import { Emitter } from '../util/emitter.js';
import { requestOf, type BuildPlan } from './plan.js';
import { BuildProgress, type ProgressChange } from './progress.js';

export type BuildOutcome =
  | { readonly kind: 'succeeded'; readonly result: BuildResult; readonly seconds: number }
  | { readonly kind: 'failed'; readonly error: unknown; readonly seconds: number }
  | { readonly kind: 'cancelled'; readonly seconds: number };

/** Characters of output that are kept of each build for whoever looks late. */
const keptLog = 400_000;

/** One build, from its start to its end. Ends with an outcome, never with a rejection. */
export class BuildSession {
  readonly plan: BuildPlan;
  readonly progress = new BuildProgress();
  readonly started = Date.now();
  readonly outcome: Promise<BuildOutcome>;
  readonly #changed = new Emitter<ProgressChange>();
  readonly onChange = this.#changed.event;
  readonly #controller = new AbortController();
  readonly #log: Extract<ProgressChange, { readonly kind: 'log' }>[] = [];
  #logged = 0;

  constructor(engine: () => Promise<Engine>, plan: BuildPlan) {
    this.plan = plan;
    this.outcome = this.#run(engine);
  }

  /** Output so far, the oldest first; of a long one the end. */
  get log(): readonly Extract<ProgressChange, { readonly kind: 'log' }>[] {
    return this.#log;
  }

  cancel(): void {
    this.#controller.abort();
  }

  async #run(engine: () => Promise<Engine>): Promise<BuildOutcome> {
    const seconds = () => (Date.now() - this.started) / 1000;
    try {
      const request = requestOf(this.plan);
      const task = (await engine()).build(request, { signal: this.#controller.signal });
      for await (const event of task) for (const change of this.progress.take(event)) this.#tell(change);
      return { kind: 'succeeded', result: await task, seconds: seconds() };
    } catch (error) {
      for (const change of this.progress.stop()) this.#tell(change);
      if (this.#controller.signal.aborted) return { kind: 'cancelled', seconds: seconds() };
      return { kind: 'failed', error: error instanceof Error ? error : new CaissonError('internal', String(error)), seconds: seconds() };
    }
  }

  #tell(change: ProgressChange): void {
    if (change.kind === 'log') {
      this.#log.push(change);
      this.#logged += change.text.length;
      while (this.#logged > keptLog && this.#log.length > 1) this.#logged -= this.#log.shift()?.text.length ?? 0;
    }
    this.#changed.fire(change);
  }
}
