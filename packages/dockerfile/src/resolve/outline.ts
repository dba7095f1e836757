import type { Instruction } from '../instructions.js';
import { DockerfileError } from '../source.js';
import { StageScope } from './scope.js';
import { neededStages, type ResolvedFile, type ResolvedStage } from './stages.js';

/** What a build of the target can be given: BuildKit's sub-request `outline`. */
export interface Outline {
  /** The stage's name, or its number. */
  readonly target: string;
  readonly description?: string;
  /** In source order: the ARGs of all stages that the target needs, and those above the first FROM. */
  readonly args: readonly OutlineArg[];
  readonly secrets: readonly OutlineMount[];
  readonly ssh: readonly OutlineMount[];
}

export interface OutlineArg {
  readonly name: string;
  readonly description?: string;
  /** After expansion, with the build arguments that were given; undefined without a default. */
  readonly value?: string;
}

export interface OutlineMount {
  readonly id: string;
  readonly required: boolean;
}

/** A stage that can be built: BuildKit's sub-request `targets`. */
export interface Target {
  readonly name: string;
  readonly description?: string;
  /** Built when no target is named. */
  readonly isDefault: boolean;
  /** What it stands on: an image, the name of a stage, or scratch. */
  readonly base: string;
}

/** The stages in source order; a stage without a name is known by its number. */
export function targets({ stages }: ResolvedFile): Target[] {
  return stages.map((stage) => ({
    name: nameOf(stage),
    ...description(stage.from, stage.from.as?.value ?? ''),
    isDefault: stage.index === stages.length - 1,
    base: stage.base.kind === 'stage' ? nameOf(stages[stage.base.index]) : stage.base.kind === 'image' ? stage.base.name : 'scratch',
  }));
}

/** Undefined where there is no target. Words that cannot be expanded are shown as they are written. */
export function outline(resolved: ResolvedFile, buildArgs: Readonly<Record<string, string>> = {}): Outline | undefined {
  const { target, file } = resolved;
  if (!target) return undefined;
  const args = new Map<string, OutlineArg>();
  const secrets = new Map<string, boolean>();
  const ssh = new Map<string, boolean>();
  const add = (instruction: Instruction, value: (key: string, written: string | undefined) => string | undefined) => {
    if (instruction.kind !== 'arg') return;
    for (const pair of instruction.pairs) {
      const now = value(pair.key, pair.value);
      // Declared again in a stage to be seen there, it keeps what was said of it above.
      args.set(pair.key, { name: pair.key, ...args.get(pair.key), ...description(instruction, pair.key), ...(now === undefined ? {} : { value: now }) });
    }
  };
  const needed = new Set(neededStages(resolved));
  const scopes = new Map<number, StageScope>();
  for (const instruction of file.instructions) {
    if (instruction.kind === 'from') break;
    add(instruction, (key) => resolved.globalArgs.get(key));
  }
  for (const stage of resolved.stages.filter((one) => needed.has(one))) {
    const base = stage.base.kind === 'stage' ? scopes.get(stage.base.index) : undefined;
    const scope = base ? base.fork() : new StageScope({ escape: file.escape, globalArgs: resolved.globalArgs, buildArgs });
    scopes.set(stage.index, scope);
    for (const instruction of stage.instructions) {
      const applied = quietly(() => scope.apply(instruction));
      add(instruction, (key, written) => (applied ? scope.args.get(key) : written));
      if (instruction.kind !== 'run') continue;
      for (const { mount } of instruction.mounts) {
        const found = mount?.type === 'secret' ? secrets : mount?.type === 'ssh' ? ssh : undefined;
        const id = mount?.id ?? (mount?.type === 'secret' ? (mount.source ?? mount.target?.replace(/^.*\//, '') ?? '') : 'default');
        found?.set(id, (found.get(id) ?? false) || (mount?.required ?? false));
      }
    }
  }
  return { target: nameOf(target), ...description(target.from, target.from.as?.value ?? ''), args: [...args.values()], secrets: mounts(secrets), ssh: mounts(ssh) };
}

function mounts(found: ReadonlyMap<string, boolean>): OutlineMount[] {
  return [...found].map(([id, required]) => ({ id, required }));
}

function nameOf(stage: ResolvedStage | undefined): string {
  return stage?.name ?? String(stage?.index ?? '');
}

/** `# NAME text` right above an instruction describes it. */
function description({ comments }: Instruction, name: string): { description?: string } {
  const text = comments.at(-1)?.text ?? '';
  const [, said = ''] = name !== '' && text.toLowerCase().startsWith(`${name.toLowerCase()} `) ? [name, text.slice(name.length + 1).trim()] : [];
  return said === '' ? {} : { description: said };
}

function quietly(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof DockerfileError) return false;
    throw error;
  }
}
