import type { Dockerfile } from '../ast.js';
import type { Instruction, InstructionKind, InstructionOf } from '../instructions.js';
import { resolveStages, type ResolvedFile } from '../resolve/stages.js';
import { DockerfileError, type SourceRange } from '../source.js';
import type { LintConfig } from './config/config.js';
import type { TextEdit } from './finding.js';
import type { ShellCommand } from './shell/command.js';
import { toolOf } from './shell/packages.js';
import { readRuns, type RunInfo } from './shell/run-info.js';
import { ByKind, lintStages, type LintStage } from './stage.js';

export type { RunInfo } from './shell/run-info.js';
export type { LintStage } from './stage.js';

export interface ReportOptions {
  readonly message?: string;
  readonly hint?: string;
  readonly fix?: readonly TextEdit[];
}

const none: readonly never[] = [];

/** What rules get: the file, its stages, the commands in its RUNs (parsed once, when first asked for), and `report`. */
export class LintContext {
  readonly file: Dockerfile;
  readonly config: LintConfig;
  readonly resolved: ResolvedFile;
  readonly stages: readonly LintStage[];
  private readonly onReport: (range: SourceRange, options: ReportOptions) => void;
  private readonly shellPragma: string | undefined;
  private readonly byKind = new ByKind();
  private runInfos: readonly RunInfo[] | undefined = undefined;
  private runsByStage: Map<LintStage, RunInfo[]> | undefined = undefined;
  private runsByInstruction: Map<Instruction, RunInfo> | undefined = undefined;
  private allCommands: readonly ShellCommand[] | undefined = undefined;
  private commandsByName: Map<string, ShellCommand[]> | undefined = undefined;
  private lineStarts: readonly number[] | undefined = undefined;

  constructor(file: Dockerfile, config: LintConfig, onReport: (range: SourceRange, options: ReportOptions) => void, shellPragma?: string) {
    this.file = file;
    this.config = config;
    this.onReport = onReport;
    this.shellPragma = shellPragma;
    this.resolved = resolveStages(file, config.buildArgs ? { buildArgs: config.buildArgs } : {});
    this.stages = lintStages(file.instructions, this.resolved.stages);
    for (const instruction of file.instructions) {
      this.byKind.add(instruction);
      if (instruction.kind === 'onbuild') this.byKind.add(instruction.trigger);
    }
  }

  report(range: SourceRange, options: ReportOptions = {}): void {
    this.onReport(range, options);
  }

  /** Instructions of one kind in source order, those inside ONBUILD too, above the first FROM too. */
  all<K extends InstructionKind>(kind: K): readonly InstructionOf<K>[] {
    return this.byKind.of(kind);
  }

  /** The kinds of instruction that there are, as bits. */
  get kinds(): number {
    return this.byKind.bits;
  }

  runs(): readonly RunInfo[] {
    return (this.runInfos ??= readRuns(this.file, this.stages, { globalArgs: this.resolved.globalArgs, buildArgs: this.config.buildArgs, shell: this.shellPragma, range: (start, end) => this.range(start, end) }));
  }

  runsIn(stage: LintStage): readonly RunInfo[] {
    if (this.stages.length === 1) return this.runs();
    this.runsByStage ??= Map.groupBy(this.runs(), (run) => run.stage);
    return this.runsByStage.get(stage) ?? none;
  }

  /** The RUN that an instruction is, or has in its ONBUILD. */
  runOf(instruction: Instruction): RunInfo | undefined {
    this.runsByInstruction ??= new Map(this.runs().map((run) => [run.instruction, run]));
    return this.runsByInstruction.get(instruction);
  }

  /** Commands of these names in all RUNs, pip under any of its names; all commands where none is given. */
  commands(...names: readonly string[]): readonly ShellCommand[] {
    const [name] = names;
    if (name === undefined) return (this.allCommands ??= this.runs().flatMap((run) => run.commands));
    return names.length === 1 ? (this.named().get(name) ?? none) : names.flatMap((one) => this.named().get(one) ?? none);
  }

  commandNames(): Iterable<string> {
    return this.named().keys();
  }

  private named(): ReadonlyMap<string, readonly ShellCommand[]> {
    return (this.commandsByName ??= this.groupCommands());
  }

  private groupCommands(): Map<string, ShellCommand[]> {
    const groups = new Map<string, ShellCommand[]>();
    for (const run of this.runs())
      for (const command of run.commands) {
        const name = toolOf(command);
        const group = groups.get(name);
        if (group) group.push(command);
        else groups.set(name, [command]);
      }
    return groups;
  }

  /** The offsets of a whole line with its line end. */
  lineOffsets(line: number): { start: number; end: number } {
    const starts = (this.lineStarts ??= lineStarts(this.file.source));
    return { start: starts[line - 1] ?? 0, end: starts[line] ?? this.file.source.length };
  }

  /** The result, or undefined where a word cannot be expanded: that is an error of the parser's or the build's, not of a rule. */
  quietly<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof DockerfileError) return undefined;
      throw error;
    }
  }

  range(start: number, end: number): SourceRange {
    const from = this.position(start);
    const to = this.position(end);
    return this.file.file === undefined ? { start: from, end: to } : { file: this.file.file, start: from, end: to };
  }

  private position(offset: number) {
    const starts = (this.lineStarts ??= lineStarts(this.file.source));
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1, offset };
  }
}

function lineStarts(source: string): readonly number[] {
  const starts = [source.charCodeAt(0) === 0xfeff ? 1 : 0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
