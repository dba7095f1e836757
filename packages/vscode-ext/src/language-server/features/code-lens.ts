import * as l10n from '@vscode/l10n';
import type { CodeLens } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { builtSteps } from '../dockerfile/built-steps.js';
import { toRange } from '../positions.js';
import { commands, type BuildTarget, type BuiltStep, type LastBuild } from '../protocol.js';
import { formatBytes, formatSeconds } from '../text.js';

/** Build, run and the last build above the first stage; building up to there above the others. */
export function codeLenses(analysis: Analysis, build: LastBuild | undefined): CodeLens[] {
  const { document, resolved } = analysis;
  const steps = builtSteps(analysis, build);
  const last = resolved.stages.length - 1;
  return resolved.stages.flatMap((stage, index): CodeLens[] => {
    const range = toRange(document, stage.from.keyword.range);
    const whole: BuildTarget = { dockerfile: document.uri };
    const here: BuildTarget = { dockerfile: document.uri, target: stage.name ?? String(index) };
    const lens = (title: string, command: string, target: BuildTarget): CodeLens => ({ range, command: { title, command, arguments: [target] } });
    const told = stageSummary(build, [stage.from, ...stage.instructions].flatMap((one) => steps.get(one) ?? []));
    return [
      ...(index === 0 ? [lens(`$(package) ${l10n.t('Build')}`, commands.build, whole), lens(`$(play) ${l10n.t('Run')}`, commands.run, whole)] : []),
      ...(index < last ? [lens(`$(debug-step-into) ${l10n.t('Build to here')}`, commands.build, here)] : []),
      ...(index === 0 && build ? [lens(buildSummary(build), commands.showLastBuild, whole)] : []),
      ...(told === undefined ? [] : [lens(told, commands.showLastBuild, here)]),
    ];
  });
}

function buildSummary({ succeeded, size, duration }: LastBuild): string {
  const facts = [size === undefined ? undefined : formatBytes(size), duration === undefined ? undefined : formatSeconds(duration)].filter((one) => one !== undefined);
  return [succeeded ? `$(check) ${l10n.t('Built')}` : `$(error) ${l10n.t('Build failed')}`, ...facts].join(' · ');
}

/** What the last build did with the steps of a stage: `4 cached, 2 rebuilt because src/index.ts changed`. */
function stageSummary(build: LastBuild | undefined, steps: readonly BuiltStep[]): string | undefined {
  if (!build || steps.length === 0) return undefined;
  const failed = steps.find(({ error }) => error !== undefined);
  if (failed) return l10n.t('Last build: failed in line {0}', failed.line);
  const cached = steps.filter((step) => step.cached).length;
  const rebuilt = steps.length - cached;
  if (rebuilt === 0) return cached === 1 ? l10n.t('Last build: 1 step cached') : l10n.t('Last build: {0} steps cached', cached);
  // The first one that was not cached is why those below were not.
  const reason = steps.find((step) => !step.cached && step.reason !== undefined)?.reason;
  const done = cached > 0 ? l10n.t('Last build: {0} cached, {1} rebuilt', cached, rebuilt) : l10n.t('Last build: {0} rebuilt', rebuilt);
  return reason === undefined ? done : l10n.t('{0} because {1}', done, reason.length > 80 ? `${reason.slice(0, 79)}…` : reason);
}
