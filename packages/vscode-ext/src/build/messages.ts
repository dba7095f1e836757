import type { BuildPlan } from './plan.js';
import type { ProgressChange, StageProgress } from './progress.js';

/** What the build view is told, and what it says. */
export type ToBuildView =
  | { readonly kind: 'begin'; readonly plan: BuildPlan; readonly started: number; readonly stages: readonly StageProgress[]; readonly log: readonly ProgressChange[] }
  | { readonly kind: 'changes'; readonly changes: readonly ProgressChange[] }
  | { readonly kind: 'end'; readonly outcome: 'succeeded' | 'failed' | 'cancelled'; readonly seconds: number; readonly message: string; readonly imageId?: string };

export type FromBuildView = { readonly kind: 'ready' } | { readonly kind: 'cancel' } | { readonly kind: 'again' } | { readonly kind: 'run' } | { readonly kind: 'layers' } | { readonly kind: 'reveal'; readonly line: number };
