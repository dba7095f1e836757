import type { FromInstruction, Instruction, InstructionKind, InstructionOf } from '../instructions.js';
import type { ResolvedStage } from '../resolve/stages.js';

const none: readonly never[] = [];

/** Instructions by kind, in source order. */
export class ByKind {
  private readonly kinds = new Map<InstructionKind, Instruction[]>();

  add(instruction: Instruction): void {
    const list = this.kinds.get(instruction.kind);
    if (list) list.push(instruction);
    else this.kinds.set(instruction.kind, [instruction]);
  }

  of<K extends InstructionKind>(kind: K): readonly InstructionOf<K>[] {
    return (this.kinds.get(kind) ?? none) as readonly InstructionOf<K>[];
  }

  names(): Iterable<InstructionKind> {
    return this.kinds.keys();
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

  constructor(index: number, from: FromInstruction | undefined, resolved: ResolvedStage | undefined) {
    this.index = index;
    this.from = from;
    this.name = resolved?.name;
    this.image = resolved?.base.kind === 'image' ? resolved.base.name : undefined;
    this.baseStage = resolved?.base.kind === 'stage' ? resolved.base.index : undefined;
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
  let at = 0;
  for (const instruction of instructions) {
    if (instruction.name === 'FROM') {
      const from = instruction.kind === 'from' ? instruction : undefined;
      current = new LintStage(stages.length, from, from && resolved[at++]);
      stages.push(current);
    } else if (current) current.instructions.push(instruction);
    else if (instruction.kind !== 'arg') {
      current = new LintStage(stages.length, undefined, undefined);
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
