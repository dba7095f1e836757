import { platformArgNames, proxyArgs, type Instruction, type ResolvedFile } from '@caisson/dockerfile';
import { span, type Span } from '../positions.js';
import { expandedParts } from './expanded-parts.js';
import { scanVariables } from './variable-scan.js';

/** One ARG or ENV of a name. */
export interface Declaration {
  readonly name: string;
  readonly kind: 'arg' | 'env';
  readonly span: Span;
  readonly instruction: Instruction;
  /** Index of the stage; -1 above the first FROM. */
  readonly stage: number;
  /** As written, undefined for a bare ARG. */
  readonly value?: string;
  readonly variable: Variable;
}

export interface Reference {
  readonly name: string;
  readonly span: Span;
  readonly whole: Span;
  readonly instruction: Instruction;
  readonly stage: number;
  /** The declaration that holds here; undefined where the file has none, as for what a base image sets. */
  readonly declaration?: Declaration;
}

/**
 * What is renamed together: all ARGs of one name, because one --build-arg sets them all, and the ENVs that take their place in a stage.
 */
export interface Variable {
  readonly name: string;
  readonly declarations: Declaration[];
  readonly references: Reference[];
}

export interface VariableIndex {
  readonly declarations: readonly Declaration[];
  readonly references: readonly Reference[];
}

/** Names that have a meaning of their own, and so cannot be renamed. */
export const predefined: ReadonlySet<string> = new Set([...platformArgNames, ...proxyArgs, 'SOURCE_DATE_EPOCH', 'PATH', 'HOME']);

interface Scope {
  readonly env: Map<string, Declaration>;
  readonly args: Map<string, Declaration>;
}

/** Every declaration and use of a variable, each use tied to the declaration that holds there. One pass over the file. */
export function indexVariables(resolved: ResolvedFile): VariableIndex {
  const { file } = resolved;
  const stageOf = new Map<Instruction, number>(resolved.stages.map(({ from, index }) => [from, index]));
  const globals = new Map<string, Declaration>();
  const ends: Scope[] = [];
  const declarations: Declaration[] = [];
  const references: Reference[] = [];
  const argsByName = new Map<string, Declaration>();
  let stage = -1;
  let scope: Scope = { env: new Map(), args: globals };
  const declare = (kind: 'arg' | 'env', pair: { key: string; keyRange: Instruction['range']; value?: string }, instruction: Instruction) => {
    if (pair.key.includes('$')) return;
    const same = scope.env.get(pair.key) ?? scope.args.get(pair.key) ?? (kind === 'arg' ? argsByName.get(pair.key) : undefined);
    const variable = same?.variable ?? { name: pair.key, declarations: [], references: [] };
    const declaration: Declaration = { name: pair.key, kind, span: span(pair.keyRange), instruction, stage, ...(pair.value !== undefined && { value: pair.value }), variable };
    variable.declarations.push(declaration);
    declarations.push(declaration);
    if (kind === 'arg' && !argsByName.has(pair.key)) argsByName.set(pair.key, declaration);
    (kind === 'arg' ? scope.args : scope.env).set(pair.key, declaration);
  };
  for (const instruction of file.instructions) {
    const entered = stageOf.get(instruction);
    if (entered !== undefined) {
      stage = entered;
      const base = resolved.stages[entered]?.base;
      scope = { env: new Map(base?.kind === 'stage' ? ends[base.index]?.env : undefined), args: new Map() };
      ends.push(scope);
    }
    // A trigger runs in another build, which has the image's ENV and not the ARGs.
    for (const part of expandedParts(instruction))
      for (const use of scanVariables(file.source, part.span, part.mode, file.escape)) {
        const declaration = instruction.kind === 'from' ? globals.get(use.name) : (scope.env.get(use.name) ?? (part.runtime || instruction.kind === 'onbuild' ? undefined : scope.args.get(use.name)));
        const reference: Reference = { ...use, instruction, stage, ...(declaration && { declaration }) };
        references.push(reference);
        declaration?.variable.references.push(reference);
      }
    // A trigger of ONBUILD declares something in another build.
    if (instruction.kind === 'arg' || instruction.kind === 'env') for (const pair of instruction.pairs) declare(instruction.kind, pair, instruction);
  }
  return { declarations, references: references.sort((a, b) => a.span.start - b.span.start) };
}
