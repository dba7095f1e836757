import type { BuildStepInfo } from '@caisson/core';
import type { Instruction, ResolvedFile, ResolvedStage } from '@caisson/dockerfile';

/** The stage's name, or `stage-N` where it has none. */
export function stageTitle(file: ResolvedFile, stage: ResolvedStage): string {
  return stage.name ?? (file.stages.length > 1 ? `stage-${stage.index}` : 'stage');
}

/** FROM, and the instructions that take time or make layers, numbered: `[build 2/5] RUN npm ci`. */
export function stepInfos(file: ResolvedFile, stage: ResolvedStage, fileName: string, prefix: string): Map<Instruction, BuildStepInfo> {
  const name = stageTitle(file, stage);
  const steps: Instruction[] = [stage.from, ...stage.instructions.filter(({ kind }) => kind === 'run' || kind === 'copy' || kind === 'add' || kind === 'workdir')];
  const label = file.stages.length > 1 || stage.name !== undefined ? `${name} ` : '';
  return new Map(
    steps.map((instruction, place) => [
      instruction,
      {
        id: `${prefix}${name}/${place + 1}`,
        stage: name,
        title: `[${prefix.replace(/\/?$/, prefix === '' ? '' : ' ')}${label}${place + 1}/${steps.length}] ${shorten(instruction.line)}`,
        range: { ...instruction.range, file: fileName },
      },
    ]),
  );
}

export function shorten(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > 160 ? `${line.slice(0, 157)}...` : line;
}
