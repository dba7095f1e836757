import { runCommand, type CommandLine, type Flag, type Instruction, type RunInstruction, type SourceRange } from '@caisson/dockerfile';
import { span, type Span } from '../positions.js';
import type { ScanMode } from './variable-scan.js';

/** A stretch of an instruction in which variables are expanded. */
export interface ExpandedPart {
  readonly span: Span;
  readonly mode: ScanMode;
  /** Expanded by a shell when a container runs: ENV is there, ARG is not. */
  readonly runtime: boolean;
}

const wordInstructions = new Set(['FROM', 'COPY', 'ADD', 'ENV', 'LABEL', 'ARG', 'EXPOSE', 'VOLUME', 'USER', 'WORKDIR', 'STOPSIGNAL']);

/** Where `$x` means a variable, for every kind of instruction; the trigger's parts for ONBUILD. In no particular order. */
export function expandedParts(instruction: Instruction): ExpandedPart[] {
  switch (instruction.kind) {
    case 'from':
      return words([instruction.image.range, ...values(instruction.platform)]);
    case 'run':
      return runParts(instruction);
    case 'cmd':
    case 'entrypoint':
      return commandParts(instruction, true);
    case 'healthcheck':
      return instruction.test ? commandParts(instruction.test, true) : [];
    case 'add':
    case 'copy':
      return [
        ...words([...instruction.sources.map(({ range }) => range), instruction.destination.range, ...values(instruction.chown), ...values(instruction.chmod)]),
        ...instruction.files.filter(({ expand }) => expand).map(({ heredoc }): ExpandedPart => ({ span: span(heredoc.bodyRange), mode: 'heredoc', runtime: false })),
      ];
    case 'env':
    case 'label':
    case 'arg':
      return words(instruction.pairs.flatMap(({ key, keyRange, valueRange }) => [...(key.includes('$') ? [keyRange] : []), ...(valueRange ? [valueRange] : [])]));
    case 'expose':
    case 'volume':
    case 'user':
    case 'workdir':
    case 'stopsignal':
      return words(instruction.args.map(({ range }) => range));
    case 'onbuild':
      return expandedParts(instruction.trigger);
    case 'invalid':
      return wordInstructions.has(instruction.name) ? words(instruction.args.map(({ range }) => range)) : [];
    default:
      return [];
  }
}

function words(ranges: readonly SourceRange[]): ExpandedPart[] {
  return ranges.map((range) => ({ span: span(range), mode: 'word', runtime: false }));
}

function values(flag: Flag | undefined): SourceRange[] {
  return flag?.valueRange ? [flag.valueRange] : [];
}

const shells = /(?:^|\/)(?:ba|da|a|k|z)?sh$/;

/** The JSON form goes to no shell, unless it names one. */
function commandParts({ command, shell }: CommandLine, runtime: boolean): ExpandedPart[] {
  if (shell) return command.map(({ range }) => ({ span: span(range), mode: 'shell', runtime }));
  const [program, option, script] = command;
  if (!program || !script || !shells.test(program.value) || !/^-\w*c$/.test(option?.value ?? '')) return [];
  const { start, end } = span(script.range);
  return [{ span: { start: start + 1, end: end - 1 }, mode: 'shell', runtime }];
}

function runParts(run: RunInstruction): ExpandedPart[] {
  const mounts = words(run.mounts.flatMap(({ flag }) => values(flag)));
  if (run.heredocs.length === 0) return [...mounts, ...commandParts(run, false)];
  const command = runCommand(run);
  const [only] = run.heredocs;
  // A single heredoc is the script itself, whether its word is quoted or not.
  const isScript = run.heredocs.length === 1 && only !== undefined && /^\d*<<-?\S+$/.test(run.command[0]?.value ?? '');
  if (isScript) return [...mounts, ...(command.kind === 'script' && !/^#!.*sh\b/.test(command.content) ? [] : [{ span: span(only.bodyRange), mode: 'shell' as const, runtime: false }])];
  const bodies = run.heredocs.filter(({ expand }) => expand).map(({ bodyRange }): ExpandedPart => ({ span: span(bodyRange), mode: 'heredoc', runtime: false }));
  return [...mounts, ...commandParts(run, false), ...bodies];
}
