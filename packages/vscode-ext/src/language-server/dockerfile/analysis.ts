import { DockerfileError, parseDockerfile, resolveStages, StageScope, type Dockerfile, type Instruction, type ResolvedFile, type ResolvedStage } from '@caisson/dockerfile';
import type { TextDocument } from 'vscode-languageserver-textdocument';
import { indexStages, type StageSymbol } from './stage-index.js';
import { indexVariables, type VariableIndex } from './variables.js';

/** What a build on this machine is for, unless it is told otherwise. */
const hostPlatform = { os: 'linux', architecture: process.arch === 'x64' ? 'amd64' : process.arch === 'arm' ? 'arm' : process.arch };

type BuildArgs = Readonly<Record<string, string>>;

/**
 * All that is known of one version of a Dockerfile. Parsing takes well under a millisecond for a usual file, so it is done anew after every
 * change; what only some requests need is made when first asked for.
 */
export class Analysis {
  readonly document: TextDocument;
  readonly file: Dockerfile;
  readonly resolved: ResolvedFile;
  private readonly buildArgs: BuildArgs;
  private variableIndex: VariableIndex | undefined;
  private stageIndex: StageSymbol[] | undefined;
  private stagesByInstruction: Map<Instruction, ResolvedStage> | undefined;
  private unknown: ReadonlyMap<string, string> | undefined;

  constructor(document: TextDocument, buildArgs: BuildArgs = {}) {
    this.document = document;
    this.buildArgs = buildArgs;
    this.file = parseDockerfile(document.getText());
    this.resolved = resolveStages(this.file, { buildArgs, targetPlatform: hostPlatform });
  }

  get variables(): VariableIndex {
    return (this.variableIndex ??= indexVariables(this.resolved));
  }

  get stages(): readonly StageSymbol[] {
    return (this.stageIndex ??= indexStages(this.resolved));
  }

  /** The stage that an instruction is in, its FROM included; undefined above the first FROM. */
  stageOf(instruction: Instruction): ResolvedStage | undefined {
    this.stagesByInstruction ??= new Map(this.resolved.stages.flatMap((stage) => [stage.from, ...stage.instructions].map((one) => [one, stage] as const)));
    return this.stagesByInstruction.get(instruction);
  }

  /** The stage that contains an offset, or the last one before it. */
  stageAt(offset: number): ResolvedStage | undefined {
    return this.resolved.stages.findLast(({ range }) => range.start.offset <= offset);
  }

  /** The instruction whose text contains an offset; its end counts. */
  instructionAt(offset: number): Instruction | undefined {
    const instruction = this.lastBefore(offset);
    return instruction && offset <= instruction.range.end.offset ? instruction : undefined;
  }

  /** The instruction that begins at or before an offset. */
  lastBefore(offset: number): Instruction | undefined {
    const { instructions } = this.file;
    let low = -1;
    let high = instructions.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((instructions[middle]?.range.start.offset ?? Infinity) <= offset) low = middle;
      else high = middle - 1;
    }
    return instructions[low];
  }

  /** The variables that an instruction finds: those from above FROM for ARG there and for FROM itself. */
  scopeBefore(instruction: Instruction): StageScope {
    const stage = this.stageOf(instruction);
    if (!stage || stage.from === instruction) return new StageScope({ escape: this.file.escape, env: this.resolved.globalArgs });
    return this.stageScope(stage, instruction);
  }

  /** The variables at the end of a stage. */
  scopeAfter(stage: ResolvedStage): StageScope {
    return this.stageScope(stage, undefined);
  }

  /** Calls `visit` for every instruction with the variables that it finds. */
  walk(visit: (instruction: Instruction, scope: StageScope, stage?: ResolvedStage) => void): void {
    const ends: StageScope[] = [];
    const globals = new StageScope({ escape: this.file.escape, env: this.resolved.globalArgs });
    const first = this.resolved.stages[0]?.range.start.offset ?? Infinity;
    for (const instruction of this.file.instructions) if (instruction.range.start.offset < first) visit(instruction, globals);
    for (const stage of this.resolved.stages) {
      const scope = this.newScope(stage, stage.base.kind === 'stage' ? ends[stage.base.index] : undefined);
      ends.push(scope);
      visit(stage.from, globals, stage);
      for (const instruction of stage.instructions) {
        visit(instruction, scope, stage);
        quietly(() => scope.apply(instruction));
      }
    }
  }

  private stageScope(stage: ResolvedStage, until: Instruction | undefined): StageScope {
    const chain = [stage];
    for (let base = stage.base; base.kind === 'stage'; ) {
      const next: ResolvedStage | undefined = this.resolved.stages[base.index];
      if (!next || chain.includes(next)) break;
      chain.unshift(next);
      base = next.base;
    }
    let scope: StageScope | undefined;
    for (const one of chain) {
      const now = this.newScope(one, scope);
      for (const instruction of one.instructions) {
        if (instruction === until) break;
        quietly(() => now.apply(instruction));
      }
      scope = now;
    }
    return scope ?? this.newScope(stage, undefined);
  }

  private newScope(stage: ResolvedStage, base: StageScope | undefined): StageScope {
    if (base) return base.fork();
    const env = stage.base.kind === 'image' ? this.unknownVariables() : [];
    return new StageScope({ escape: this.file.escape, env, globalArgs: this.resolved.globalArgs, buildArgs: this.buildArgs });
  }

  /** What only a base image can set stands for itself in values: `PATH=/opt/bin:$PATH`. */
  private unknownVariables(): ReadonlyMap<string, string> {
    if (this.unknown) return this.unknown;
    const undeclared = this.variables.references.filter(({ declaration, stage, whole, span }) => declaration === undefined && stage >= 0 && whole.end <= span.end + 1);
    return (this.unknown = new Map(undeclared.map(({ name }) => [name, `$${name}`])));
  }
}

/** The result, or undefined where a word cannot be expanded: the diagnostics say so. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof DockerfileError) return undefined;
    throw error;
  }
}
