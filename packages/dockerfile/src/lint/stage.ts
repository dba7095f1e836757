import type { FromInstruction, Instruction, InstructionKind, InstructionOf } from '../instructions.js';
import type { ResolvedStage } from '../resolve/stages.js';

const none: readonly never[] = [];

/** The place of each kind in a table; also its bit in a set of kinds. */
const kindNumbers: Readonly<Record<InstructionKind, number>> = {
  from: 0, run: 1, cmd: 2, entrypoint: 3, shell: 4, label: 5, env: 6, arg: 7, maintainer: 8, expose: 9,
  add: 10, copy: 11, volume: 12, user: 13, workdir: 14, stopsignal: 15, healthcheck: 16, onbuild: 17, invalid: 18,
};

/** A set of kinds as bits. */
export function kindBits(kinds: readonly InstructionKind[]): number {
  return kinds.reduce((bits, kind) => bits | (1 << kindNumbers[kind]), 0);
}

/** Instructions by kind, in source order. */
export class ByKind {
  private readonly lists: (Instruction[] | undefined)[] = [];
  /** Those that there are, as `kindBits`. */
  bits = 0;

  add(instruction: Instruction): void {
    const number = kindNumbers[instruction.kind];
    const list = this.lists[number];
    if (list) list.push(instruction);
    else {
      this.lists[number] = [instruction];
      this.bits |= 1 << number;
    }
  }

  of<K extends InstructionKind>(kind: K): readonly InstructionOf<K>[] {
    return (this.lists[kindNumbers[kind]] ?? none) as readonly InstructionOf<K>[];
  }
}

/** A stage as rules see it: also one whose FROM is missing or broken, so that a half-written file is checked too. */
export class LintStage {
  readonly index: number;
  readonly from: FromInstruction | undefined;
  readonly name: string | undefined;
  /** Expanded name of the base image; undefined for a stage or scratch. */
  readonly image: string | undefined;
  readonly baseStage: number | undefined;
  readonly instructions: Instruction[] = [];
  last = false;
  /** Whether what the stage leaves behind reaches an image: it is the last, or another stage is FROM it. */
  kept = false;
  private byKind: ByKind | undefined = undefined;

  constructor(index: number, from?: FromInstruction, resolved?: ResolvedStage, baseStage?: number) {
    this.index = index;
    this.from = from;
    this.name = resolved?.name;
    this.image = resolved?.base.kind === 'image' ? resolved.base.name : undefined;
    this.baseStage = baseStage;
  }

  /** Those of one kind, without what ONBUILD holds. */
  of<K extends InstructionKind>(kind: K): readonly InstructionOf<K>[] {
    if (!this.byKind) {
      this.byKind = new ByKind();
      for (const instruction of this.instructions) this.byKind.add(instruction);
    }
    return this.byKind.of(kind);
  }
}

/** The stages of a file; `resolved` are those of them that have a FROM. What stands above the first FROM, other than ARG, is one too. */
export function lintStages(instructions: readonly Instruction[], resolved: readonly ResolvedStage[]): readonly LintStage[] {
  const stages: LintStage[] = [];
  let current: LintStage | undefined;
  /** The same by the index that `resolved` has them under. */
  const ofResolved: LintStage[] = [];
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      const known = instruction.kind === 'from' ? resolved[ofResolved.length] : undefined;
      current = new LintStage(stages.length, known?.from, known, known?.base.kind === 'stage' ? ofResolved[known.base.index]?.index : undefined);
      if (known) ofResolved.push(current);
      stages.push(current);
    } else if (current) current.instructions.push(instruction);
    else if (instruction.kind !== 'arg') {
      current = new LintStage(stages.length);
      current.instructions.push(instruction);
      stages.push(current);
    }
  }
  const last = stages[stages.length - 1];
  if (last) last.last = last.kept = true;
  for (const { baseStage } of stages) {
    const base = baseStage === undefined ? undefined : stages[baseStage];
    if (base) base.kept = true;
  }
  return stages;
}
