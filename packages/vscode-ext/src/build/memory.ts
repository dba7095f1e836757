import type { Store } from '../views/remembered.js';
import type { BuildPlan } from './plan.js';
import type { StepProgress } from './progress.js';
import { instructionLines } from './stages.js';

/** What a build made of each line: what ties an image's layers to the Dockerfile that they come from. */
export interface RememberedBuild {
  readonly imageId: string;
  readonly plan: BuildPlan;
  readonly finished: number;
  readonly steps: readonly RememberedStep[];
}

export interface RememberedStep {
  readonly title: string;
  readonly line: number;
  readonly endLine: number;
  readonly cached: boolean;
  readonly reason?: string;
  readonly seconds?: number;
  readonly diffId?: string;
}

const plansKey = 'build.plans';
const buildsKey = 'build.images';
const kept = 40;

/** Choices and results of builds, kept in the workspace's state. */
export class BuildMemory {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** The last choice for this Dockerfile (and target, where one is given). */
  plan(dockerfile: string, target?: string): BuildPlan | undefined {
    return this.#plans().find((plan) => plan.dockerfile === dockerfile && (target === undefined || plan.target === target));
  }

  /** Dockerfiles that were built, the latest first. */
  get recent(): readonly BuildPlan[] {
    return this.#plans();
  }

  build(imageId: string): RememberedBuild | undefined {
    return this.#builds().find((build) => build.imageId === imageId);
  }

  async rememberPlan(plan: BuildPlan): Promise<void> {
    const others = this.#plans().filter((one) => one.dockerfile !== plan.dockerfile || one.target !== plan.target);
    await this.#store.update(plansKey, [plan, ...others].slice(0, kept));
  }

  async rememberBuild(imageId: string, plan: BuildPlan, steps: readonly StepProgress[], dockerfile: string): Promise<void> {
    const before = this.build(imageId);
    const remembered = steps.map((step): RememberedStep => {
      // Of a step that came from the cache, why it was made at all and how long it took is known from the time when it was.
      const made = step.state === 'cached' ? before?.steps.find((one) => one.diffId !== undefined && one.diffId === step.diffId) : undefined;
      const reason = step.reason ?? made?.reason;
      return {
        title: step.title,
        line: step.range.start.line,
        endLine: step.range.end.line,
        cached: step.state === 'cached',
        ...(reason === undefined ? {} : { reason }),
        ...(step.seconds === undefined ? {} : { seconds: step.seconds }),
        ...(step.diffId === undefined ? {} : { diffId: step.diffId }),
      };
    });
    const build: RememberedBuild = { imageId, plan, finished: Date.now(), steps: withMetadata(remembered, dockerfile, plan.target) };
    await this.#store.update(buildsKey, [build, ...this.#builds().filter((one) => one.imageId !== imageId)].slice(0, kept));
  }

  #plans(): readonly BuildPlan[] {
    return this.#store.get<readonly BuildPlan[]>(plansKey) ?? [];
  }

  #builds(): readonly RememberedBuild[] {
    return this.#store.get<readonly RememberedBuild[]>(buildsKey) ?? [];
  }
}

/** Instructions that only change the configuration are no steps of a build, but of the image's history: of the stage that was built they are added, in the order of lines. */
function withMetadata(steps: readonly RememberedStep[], dockerfile: string, target: string | undefined): readonly RememberedStep[] {
  const lines = instructionLines(dockerfile);
  const wanted = target === undefined ? undefined : lines.find(({ keyword, text, stage }) => keyword === 'FROM' && (String(stage) === target || text.toLowerCase().endsWith(` as ${target.toLowerCase()}`)))?.stage;
  const stage = wanted ?? lines.at(-1)?.stage;
  const known = new Set(steps.map((step) => step.line));
  const added = lines.filter((one) => one.stage === stage && one.keyword !== 'FROM' && !known.has(one.line)).map(({ text, line, endLine }): RememberedStep => ({ title: text, line, endLine, cached: false }));
  return [...steps, ...added].sort((a, b) => a.line - b.line);
}
