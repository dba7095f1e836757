import type { Dependency, ResolvedFile, ResolvedStage } from '@caisson/dockerfile';
import { span, type Span } from '../positions.js';

/** A stage with every place that names it. */
export interface StageSymbol {
  readonly stage: ResolvedStage;
  /** The name behind AS. */
  readonly declaration?: Span;
  readonly references: readonly StageReference[];
}

export interface StageReference {
  readonly span: Span;
  readonly dependency: Dependency;
  /** Written as the name, not as an index or a variable. */
  readonly byName: boolean;
}

export function indexStages(resolved: ResolvedFile): StageSymbol[] {
  const { source } = resolved.file;
  const references: StageReference[][] = resolved.stages.map(() => []);
  for (const { dependencies } of resolved.stages)
    for (const dependency of dependencies) {
      if (dependency.source.kind !== 'stage') continue;
      const where = dependency.by === 'mount' ? fromKey(source, span(dependency.range)) : span(dependency.range);
      const text = source.slice(where.start, where.end).toLowerCase();
      references[dependency.source.index]?.push({ span: where, dependency, byName: text === resolved.stages[dependency.source.index]?.name });
    }
  return resolved.stages.map((stage, index) => ({ stage, ...(stage.from.as && { declaration: span(stage.from.as.range) }), references: references[index] ?? [] }));
}

/** The value of `from=` in the value of a mount flag. */
function fromKey(source: string, { start, end }: Span): Span {
  const match = /(?:^|,)from=([^,]*)/i.exec(source.slice(start, end));
  if (match?.[1] === undefined) return { start, end };
  const from = start + match.index + match[0].length - match[1].length;
  return { start: from, end: from + match[1].length };
}
