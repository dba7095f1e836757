import type { Dockerfile } from '../ast.js';
import type { FromInstruction, Instruction, InstructionKind, InstructionOf, RunInstruction } from '../instructions.js';
import { StageScope } from '../resolve/scope.js';
import { resolveStages, type ResolvedFile } from '../resolve/stages.js';
import { DockerfileError, type SourceRange } from '../source.js';
import type { LintConfig } from './config/config.js';
import type { TextEdit } from './finding.js';
import { extract, extractExec, type Extracted } from './shell/extract.js';
import type { ShellCommand } from './shell/command.js';
import { scriptOf } from './shell/script.js';

/** A stage as rules see it: also one whose FROM is missing or broken, so that a half-written file is checked too. */
export interface LintStage {
  readonly index: number;
  readonly name?: string;
  readonly from?: FromInstruction;
  /** Expanded name of the base image; undefined for a stage or scratch. */
  readonly image?: string;
  readonly baseStage?: number;
  readonly instructions: readonly Instruction[];
  readonly last: boolean;
}

export interface RunInfo extends Extracted {
  readonly run: RunInstruction;
  readonly instruction: Instruction;
  readonly stage: LintStage;
  /** The shell it runs in, known to be one that the parser reads. */
  readonly posix: boolean;
  readonly shell: readonly string[];
}

export interface ReportOptions {
  readonly message?: string;
  readonly hint?: string;
  readonly fix?: readonly TextEdit[];
}

const none: readonly never[] = [];
const posixShells = /^(?:sh|bash|ash|dash|ksh|zsh|busybox)(?:\.exe)?$/;

/** What rules get: the file, its stages, the commands in its RUNs (parsed once, when first asked for), and `report`. */
export class LintContext {
  readonly file: Dockerfile;
  readonly config: LintConfig;
  readonly resolved: ResolvedFile;
  readonly stages: readonly LintStage[];
  private readonly onReport: (range: SourceRange, options: ReportOptions) => void;
  private readonly shellPragma: string | undefined;
  private runInfos: readonly RunInfo[] | undefined;
  private kinds: Map<InstructionKind, Instruction[]> | undefined;
  private readonly kindsOfStage = new Map<LintStage, Map<InstructionKind, Instruction[]>>();
  private allCommands: ShellCommand[] | undefined;
  private commandsByName: Map<string, ShellCommand[]> | undefined;
  private runsByStage: Map<LintStage, RunInfo[]> | undefined;
  private runsByInstruction: Map<Instruction, RunInfo> | undefined;
  private bases: Set<number | undefined> | undefined;
  private lineStarts: number[] | undefined;

  constructor(file: Dockerfile, config: LintConfig, onReport: (range: SourceRange, options: ReportOptions) => void, shellPragma?: string) {
    this.file = file;
    this.config = config;
    this.onReport = onReport;
    this.shellPragma = shellPragma;
    this.resolved = resolveStages(file, config.buildArgs ? { buildArgs: config.buildArgs } : {});
    this.stages = this.buildStages();
  }

  report(range: SourceRange, options: ReportOptions = {}): void {
    this.onReport(range, options);
  }

  /** Instructions of one kind in source order, those inside ONBUILD too, above the first FROM too. */
  all<K extends InstructionKind>(kind: K): readonly InstructionOf<K>[] {
    this.kinds ??= Map.groupBy(this.file.instructions.flatMap((one) => (one.kind === 'onbuild' ? [one, one.trigger] : one)), (one) => one.kind);
    return (this.kinds.get(kind) ?? none) as readonly InstructionOf<K>[];
  }

  /** Of one kind in one stage, without ONBUILD. */
  in<K extends InstructionKind>(stage: LintStage, kind: K): readonly InstructionOf<K>[] {
    let kinds = this.kindsOfStage.get(stage);
    if (!kinds) this.kindsOfStage.set(stage, (kinds = Map.groupBy(stage.instructions, (one) => one.kind)));
    return (kinds.get(kind) ?? none) as readonly InstructionOf<K>[];
  }

  runs(): readonly RunInfo[] {
    return (this.runInfos ??= this.buildRuns());
  }

  runsIn(stage: LintStage): readonly RunInfo[] {
    this.runsByStage ??= Map.groupBy(this.runs(), (run) => run.stage);
    return this.runsByStage.get(stage) ?? [];
  }

  /** The RUN that an instruction is, or has in its ONBUILD. */
  runOf(instruction: Instruction): RunInfo | undefined {
    this.runsByInstruction ??= new Map(this.runs().map((run) => [run.instruction, run]));
    return this.runsByInstruction.get(instruction);
  }

  /** Whether what a stage leaves behind reaches an image: it is the last, or another stage is FROM it. */
  isKept(stage: LintStage): boolean {
    this.bases ??= new Set(this.stages.map((other) => other.baseStage));
    return stage.last || this.bases.has(stage.index);
  }

  /** Commands of these names in all RUNs; all commands where none is given. */
  commands(...names: string[]): readonly ShellCommand[] {
    this.allCommands ??= this.runs().flatMap((run) => run.commands);
    if (names.length === 0) return this.allCommands;
    const [first = '', ...others] = names;
    const found = this.named(first);
    return others.length === 0 ? found : [...found, ...others.flatMap((name) => this.named(name))];
  }

  hasCommand(name: string): boolean {
    return this.named(name).length > 0;
  }

  private named(name: string): readonly ShellCommand[] {
    this.commandsByName ??= Map.groupBy(this.commands(), (command) => command.name);
    return this.commandsByName.get(name) ?? none;
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

  private buildStages(): LintStage[] {
    const groups: { from?: FromInstruction; instructions: Instruction[] }[] = [];
    let current: Instruction[] | undefined;
    for (const instruction of this.file.instructions) {
      if (instruction.name === 'FROM') groups.push({ ...(instruction.kind === 'from' && { from: instruction }), instructions: (current = []) });
      else if (current) current.push(instruction);
      else if (instruction.kind !== 'arg') groups.push({ instructions: (current = [instruction]) });
    }
    const resolved = new Map(this.resolved.stages.map((stage) => [stage.from, stage]));
    return groups.map(({ from, instructions }, index) => {
      const known = from && resolved.get(from);
      return {
        index,
        ...(known?.name !== undefined && { name: known.name }),
        ...(from && { from }),
        ...(known?.base.kind === 'image' && { image: known.base.name }),
        ...(known?.base.kind === 'stage' && { baseStage: known.base.index }),
        instructions,
        last: index === groups.length - 1,
      };
    });
  }

  private buildRuns(): RunInfo[] {
    const infos: RunInfo[] = [];
    const scopes: StageScope[] = [];
    for (const stage of this.stages) {
      const base = stage.baseStage === undefined ? undefined : scopes[stage.baseStage];
      const options = { escape: this.file.escape, globalArgs: this.resolved.globalArgs, ...(this.config.buildArgs && { buildArgs: this.config.buildArgs }) };
      const scope = base ? base.fork() : new StageScope({ ...options, shell: [this.shellPragma ?? (this.file.escape === '`' ? 'cmd' : '/bin/sh'), '-c'] });
      scopes.push(scope);
      for (const instruction of stage.instructions) {
        const run = instruction.kind === 'run' ? instruction : instruction.kind === 'onbuild' && instruction.trigger.kind === 'run' ? instruction.trigger : undefined;
        if (run) infos.push(this.runInfo(run, instruction, stage, scope));
        else this.quietly(() => scope.apply(instruction));
      }
    }
    return infos;
  }

  private runInfo(run: RunInstruction, instruction: Instruction, stage: LintStage, scope: StageScope): RunInfo {
    const shell = scope.shell;
    const posix = posixShells.test((shell[0] ?? '').toLowerCase().replace(/^.*[/\\]/, ''));
    const owner = { run, instruction, stage: stage.index, lookup: scope.lookup, range: (start: number, end: number) => this.range(start, end) };
    const script = posix ? scriptOf(run, this.file.source, this.file.escape) : undefined;
    const extracted = script ? extract(script, owner) : run.shell ? { commands: [], pipes: [], pipefail: false } : extractExec(owner);
    return { commands: extracted.commands, pipes: extracted.pipes, pipefail: extracted.pipefail, run, instruction, stage, posix, shell };
  }
}

function lineStarts(source: string): number[] {
  const starts = [source.charCodeAt(0) === 0xfeff ? 1 : 0];
  for (let at = source.indexOf('\n'); at >= 0; at = source.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}
