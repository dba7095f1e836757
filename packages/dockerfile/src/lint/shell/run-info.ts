import type { Dockerfile } from '../../ast.js';
import type { Instruction, RunInstruction } from '../../instructions.js';
import { StageScope } from '../../resolve/scope.js';
import { DockerfileError, type SourceRange } from '../../source.js';
import type { LintStage } from '../stage.js';
import type { ShellCommand } from './command.js';
import { extract, extractExec, type Extracted, type Owner } from './extract.js';
import { scriptOf } from './script.js';

/** A RUN as rules see it, also one inside ONBUILD. */
export interface RunInfo {
  readonly run: RunInstruction;
  /** The instruction in the file: an ONBUILD for its trigger. */
  readonly instruction: Instruction;
  readonly stage: LintStage;
  /** The shell it runs in. */
  readonly shell: readonly string[];
  /** Whether that is one that the shell parser reads. */
  readonly posix: boolean;
  readonly commands: readonly ShellCommand[];
  /** The first `|`, where its first failure would go unseen. */
  readonly pipe: SourceRange | undefined;
  readonly pipefail: boolean;
}

export interface RunOptions {
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly buildArgs: Readonly<Record<string, string>> | undefined;
  /** Of a pragma; else the platform's. */
  readonly shell: string | undefined;
  readonly range: (start: number, end: number) => SourceRange;
}

const posixShells = /^(?:sh|bash|ash|dash|ksh|zsh|busybox)(?:\.exe)?$/;
const nothing: Extracted = { commands: [], pipe: undefined, pipefail: false };

/** Every RUN of the stages in source order, with its commands; variables that the file sets are put into their words. */
export function readRuns(file: Dockerfile, stages: readonly LintStage[], { globalArgs, buildArgs, shell, range }: RunOptions): readonly RunInfo[] {
  const infos: RunInfo[] = [];
  const scopes: StageScope[] = [];
  const spare = { characters: 50_000 };
  const options = { escape: file.escape, globalArgs, shell: [shell ?? (file.escape === '`' ? 'cmd' : '/bin/sh'), '-c'], ...(buildArgs && { buildArgs }) };
  for (const stage of stages) {
    const scope = (stage.baseStage === undefined ? undefined : scopes[stage.baseStage])?.fork() ?? new StageScope(options);
    scopes.push(scope);
    for (const instruction of stage.instructions) {
      const run = instruction.kind === 'onbuild' ? instruction.trigger : instruction;
      if (run.kind === 'run') infos.push(readRun(file, run, instruction, stage, scope.shell, { lookup: scope.lookup, range, spare }));
      else if (run === instruction && (run.kind === 'env' || run.kind === 'arg' || run.kind === 'shell')) applyQuietly(scope, run);
    }
  }
  return infos;
}

/** What cannot be expanded is an error of the parser's or the build's, not of a rule. */
function applyQuietly(scope: StageScope, instruction: Instruction): void {
  try {
    scope.apply(instruction);
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
  }
}

function readRun(file: Dockerfile, run: RunInstruction, instruction: Instruction, stage: LintStage, shell: readonly string[], owner: Owner): RunInfo {
  const posix = isPosix(shell[0] ?? '');
  const script = posix ? scriptOf(run, file.source, file.escape) : undefined;
  const { commands, pipe, pipefail } = script ? extract(script, owner) : run.shell ? nothing : extractExec(run, owner);
  return { run, instruction, stage, shell, posix, commands, pipe, pipefail };
}

function isPosix(shell: string): boolean {
  return shell === '/bin/sh' || posixShells.test(shell.toLowerCase().replace(/^.*[/\\]/, ''));
}
