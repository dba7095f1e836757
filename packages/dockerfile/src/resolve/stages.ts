import type { Dockerfile } from '../ast.js';
import { expandWord } from '../expand/expand.js';
import type { ArgInstruction, FromInstruction, Instruction } from '../instructions.js';
import { DockerfileError, type Problem, type SourceRange } from '../source.js';
import { suggest } from '../suggest.js';
import { platformArgs, type PlatformLike } from './platform.js';
import { StageScope } from './scope.js';

export interface ResolveOptions {
  readonly buildArgs?: Readonly<Record<string, string>>;
  /** linux/amd64 where not given; the build platform is the target's where not given. */
  readonly targetPlatform?: PlatformLike;
  readonly buildPlatform?: PlatformLike;
  /** Name or index of a stage; the last one where not given. */
  readonly target?: string;
}

/** Where a stage's files come from: another stage (by index), an image by its expanded name, or nothing. */
export type Source = { readonly kind: 'stage'; readonly index: number } | { readonly kind: 'image'; readonly name: string } | { readonly kind: 'scratch' };

/** One use of a source: FROM itself, `COPY --from`, or `RUN --mount=from=`. */
export interface Dependency {
  readonly by: 'from' | 'copy' | 'mount';
  readonly source: Source;
  readonly instruction: Instruction;
  readonly range: SourceRange;
}

export interface ResolvedStage {
  readonly index: number;
  /** In lower case, as stages are found; undefined without AS. */
  readonly name?: string;
  readonly from: FromInstruction;
  readonly base: Source;
  /** Value of --platform after expansion. */
  readonly platform?: string;
  /** Without the FROM; invalid ones included. */
  readonly instructions: readonly Instruction[];
  /** In source order, the base first. */
  readonly dependencies: readonly Dependency[];
  /** From FROM to the end of the last instruction. */
  readonly range: SourceRange;
}

export interface ResolvedFile {
  readonly file: Dockerfile;
  /** ARGs above the first FROM with their values, and the platform ARGs. */
  readonly globalArgs: ReadonlyMap<string, string>;
  readonly stages: readonly ResolvedStage[];
  /** Undefined when there is no such stage; `errors` says so. */
  readonly target?: ResolvedStage;
  /** The parser's errors, then those of the stages, in source order. */
  readonly errors: readonly Problem[];
}

const defaultPlatform: PlatformLike = { os: 'linux', architecture: 'amd64' };

/** Stages, what they are based on and what they use. Never throws; linear in the file but for the cycle search. */
export function resolveStages(file: Dockerfile, options: ResolveOptions = {}): ResolvedFile {
  const problems: Problem[] = [...file.errors];
  const targetPlatform = options.targetPlatform ?? defaultPlatform;
  const globals = platformArgs(options.buildPlatform ?? targetPlatform, targetPlatform, options.target ?? 'default');
  for (const name of globals.keys()) {
    const given = options.buildArgs;
    if (given !== undefined && Object.hasOwn(given, name)) globals.set(name, given[name] ?? '');
  }
  const groups: { from: FromInstruction; instructions: Instruction[] }[] = [];
  let current: Instruction[] | undefined;
  let globalScope: StageScope | undefined;
  for (const instruction of file.instructions) {
    if (instruction.kind === 'from') groups.push({ from: instruction, instructions: (current = []) });
    else if (current) current.push(instruction);
    else if (instruction.kind === 'arg') applyGlobalArg(instruction, globals, (globalScope ??= new StageScope({ escape: file.escape, env: globals, globalArgs: globals, ...(options.buildArgs && { buildArgs: options.buildArgs }) })), problems);
  }
  const stages = buildStages(groups, globals, file, problems);
  checkCycles(stages, problems);
  const last = file.instructions[file.instructions.length - 1];
  if (stages.length === 0 && last && problems.length === 0)
    problems.push({ code: 'stage', message: 'dockerfile contains no stages to build', range: last.range, hint: 'add FROM image' });
  const target = stages.length === 0 ? undefined : findTarget(stages, options.target, problems);
  problems.sort((a, b) => a.range.start.offset - b.range.start.offset);
  return { file, globalArgs: globals, stages, ...(target && { target }), errors: problems };
}

function attempt<T>(problems: Problem[], range: SourceRange, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    problems.push({ code: error.code, message: error.message, range: error.range ?? range, ...(error.hint !== undefined && { hint: error.hint }) });
    return undefined;
  }
}

function applyGlobalArg(instruction: ArgInstruction, globals: Map<string, string>, scope: StageScope, problems: Problem[]): void {
  for (const [key, value] of attempt(problems, instruction.range, () => scope.applyArg(instruction)) ?? []) {
    if (value === undefined) continue;
    globals.set(key, value);
    scope.env.set(key, value);
  }
}

function buildStages(groups: readonly { from: FromInstruction; instructions: Instruction[] }[], globals: ReadonlyMap<string, string>, file: Dockerfile, problems: Problem[]): ResolvedStage[] {
  const expand = (word: string) => expandWord(word, (name) => globals.get(name), file).value;
  const earlier = new Map<string, number>();
  const all = new Map<string, number>();
  for (const [index, { from }] of groups.entries()) if (from.as) all.set(from.as.value.toLowerCase(), index);
  return groups.map(({ from, instructions }, index) => {
    const expanded = attempt(problems, from.image.range, () => expand(from.image.value));
    const image = expanded ?? '';
    if (expanded === '')
      problems.push({ code: 'expansion', message: `base name (${from.image.value.slice(0, 60)}) should not be blank`, range: from.image.range, hint: 'give the ARG above the first FROM a default' });
    const platform = from.platform?.value === undefined ? undefined : attempt(problems, from.platform.valueRange ?? from.platform.range, () => expand(from.platform?.value ?? ''));
    if (platform === '' && from.platform)
      problems.push({ code: 'flag-value', message: `empty platform value from expression ${from.platform.value ?? ''}`, range: from.platform.range, hint: 'write os/architecture, such as linux/amd64' });
    const known = earlier.get(image.toLowerCase());
    const base: Source = known !== undefined ? { kind: 'stage', index: known } : image === 'scratch' ? { kind: 'scratch' } : { kind: 'image', name: image };
    const name = from.as?.value.toLowerCase();
    if (name !== undefined) earlier.set(name, index);
    const dependencies: Dependency[] = [{ by: 'from', source: base, instruction: from, range: from.image.range }];
    for (const instruction of instructions) collect(instruction, dependencies, all, groups.length, problems);
    const end = (instructions[instructions.length - 1] ?? from).range.end;
    const stage: { -readonly [K in keyof ResolvedStage]: ResolvedStage[K] } = { index, from, base, instructions, dependencies, range: { ...from.range, end } };
    if (name !== undefined) stage.name = name;
    if (platform) stage.platform = platform;
    return stage;
  });
}

function collect(instruction: Instruction, into: Dependency[], names: ReadonlyMap<string, number>, count: number, problems: Problem[]): void {
  if (instruction.kind === 'copy' && instruction.from?.value) {
    const range = instruction.from.valueRange ?? instruction.from.range;
    const name = instruction.from.value;
    const stage = names.get(name.toLowerCase()) ?? (/^\d{1,9}$/.test(name) ? Number(name) : undefined);
    if (stage !== undefined && stage >= count)
      problems.push({ code: 'stage', message: `invalid from flag value ${name}: no stage has this index`, range, hint: `stages count from 0 to ${count - 1}` });
    else into.push({ by: 'copy', source: toSource(stage, name), instruction, range });
  } else if (instruction.kind === 'run')
    for (const { flag, mount } of instruction.mounts) {
      const from = mount ? mount.from : /(?:^|,)from=([^,$]+)/i.exec(flag.value ?? '')?.[1];
      if (!from || mount?.type === 'tmpfs') continue;
      into.push({ by: 'mount', source: toSource(names.get(from.toLowerCase()), from), instruction, range: flag.valueRange ?? flag.range });
    }
}

function toSource(stage: number | undefined, name: string): Source {
  if (stage !== undefined) return { kind: 'stage', index: stage };
  return name === 'scratch' ? { kind: 'scratch' } : { kind: 'image', name };
}

function findTarget(stages: readonly ResolvedStage[], target: string | undefined, problems: Problem[]): ResolvedStage | undefined {
  if (target === undefined || target === '') return stages[stages.length - 1];
  const name = target.toLowerCase();
  const found = stages.findLast((stage) => stage.name === name) ?? (/^\d{1,9}$/.test(target) ? stages[Number(target)] : undefined);
  if (found) return found;
  const names = stages.flatMap((stage) => stage.name ?? []);
  const near = suggest(name, names);
  const hint = near !== undefined ? `did you mean ${near}?` : names.length ? `stages are ${names.slice(0, 20).join(', ')}` : 'no stage has a name: write FROM image AS name';
  const [first] = stages;
  if (first) problems.push({ code: 'stage', message: `target stage ${JSON.stringify(target.slice(0, 60))} could not be found`, range: first.from.range, hint });
  return undefined;
}

/** Depth first with an own stack: a file may have thousands of stages in a row. */
function checkCycles(stages: readonly ResolvedStage[], problems: Problem[]): void {
  const state = new Uint8Array(stages.length);
  for (const root of stages) {
    if (state[root.index] !== 0) continue;
    const stack = [{ stage: root, next: 0 }];
    state[root.index] = 1;
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const dependency = top?.stage.dependencies[top.next++];
      if (!top) break;
      if (!dependency) {
        state[top.stage.index] = 2;
        stack.pop();
        continue;
      }
      if (dependency.source.kind !== 'stage') continue;
      const { index } = dependency.source;
      const next = stages[index];
      if (!next || state[index] === 2) continue;
      if (state[index] === 1) {
        problems.push({ code: 'stage', message: `circular dependency detected on stage: ${next.name ?? index}`, range: dependency.range, hint: 'a stage can use only what does not use it' });
        continue;
      }
      state[index] = 1;
      stack.push({ stage: next, next: 0 });
    }
  }
}

/** The stages that building `target` needs, each after those it uses. For a file without errors. */
export function neededStages(resolved: ResolvedFile, target: ResolvedStage | undefined = resolved.target): ResolvedStage[] {
  const ordered = new Set<ResolvedStage>();
  const entered = new Set<ResolvedStage>();
  const stack: { stage: ResolvedStage; next: number }[] = target ? [{ stage: target, next: 0 }] : [];
  while (stack.length > 0) {
    const top = stack[stack.length - 1];
    if (!top) break;
    entered.add(top.stage);
    const dependency = top.stage.dependencies[top.next++];
    if (!dependency) {
      ordered.add(top.stage);
      stack.pop();
      continue;
    }
    const next = dependency.source.kind === 'stage' ? resolved.stages[dependency.source.index] : undefined;
    if (next && !entered.has(next)) stack.push({ stage: next, next: 0 });
  }
  return [...ordered];
}
