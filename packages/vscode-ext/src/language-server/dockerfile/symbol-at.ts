import { span, touches, type Span } from '../positions.js';
import type { Analysis } from './analysis.js';
import type { StageSymbol } from './stage-index.js';
import { predefined, type Declaration, type Reference, type Variable } from './variables.js';

/** What a name under the cursor stands for, and the name's place. */
export type SymbolAt =
  | { readonly kind: 'variable'; readonly span: Span; readonly variable: Variable; readonly declaration: Declaration; readonly reference?: Reference }
  | { readonly kind: 'unknown-variable'; readonly span: Span; readonly reference: Reference }
  | { readonly kind: 'stage'; readonly span: Span; readonly symbol: StageSymbol };

export function symbolAt(analysis: Analysis, offset: number): SymbolAt | undefined {
  for (const declaration of analysis.variables.declarations) if (touches(declaration.span, offset)) return { kind: 'variable', span: declaration.span, variable: declaration.variable, declaration };
  for (const reference of analysis.variables.references) {
    if (!touches({ start: reference.whole.start, end: reference.span.end }, offset)) continue;
    const { declaration } = reference;
    return declaration ? { kind: 'variable', span: reference.span, variable: declaration.variable, declaration, reference } : { kind: 'unknown-variable', span: reference.span, reference };
  }
  for (const symbol of analysis.stages) {
    if (symbol.declaration && touches(symbol.declaration, offset)) return { kind: 'stage', span: symbol.declaration, symbol };
    const reference = symbol.references.find((one) => touches(one.span, offset));
    if (reference) return { kind: 'stage', span: reference.span, symbol };
  }
  return undefined;
}

export interface Occurrence {
  readonly span: Span;
  readonly write: boolean;
}

/** Every place that names the same thing, in source order. */
export function occurrences(symbol: SymbolAt): Occurrence[] {
  const found: Occurrence[] = [];
  if (symbol.kind === 'variable') {
    for (const declaration of symbol.variable.declarations) found.push({ span: declaration.span, write: true });
    for (const reference of symbol.variable.references) found.push({ span: reference.span, write: false });
  } else if (symbol.kind === 'stage') {
    if (symbol.symbol.declaration) found.push({ span: symbol.symbol.declaration, write: true });
    for (const reference of symbol.symbol.references) found.push({ span: reference.span, write: false });
  } else found.push({ span: symbol.span, write: false });
  return found.sort((a, b) => a.span.start - b.span.start);
}

/** Where the thing is made. */
export function definitionOf(symbol: SymbolAt): { readonly name: Span; readonly whole: Span } | undefined {
  if (symbol.kind === 'variable') {
    const { declaration, variable } = symbol;
    // A bare ARG in a stage takes its value from above the first FROM.
    const origin = declaration.kind === 'arg' && declaration.value === undefined ? (variable.declarations.find((one) => one.stage < 0) ?? declaration) : declaration;
    return { name: origin.span, whole: span(origin.instruction.range) };
  }
  if (symbol.kind === 'stage') {
    const { from } = symbol.symbol.stage;
    return { name: symbol.symbol.declaration ?? span(from.image.range), whole: span(from.range) };
  }
  return undefined;
}

/** Why a name cannot be changed; undefined where it can. */
export function whyNotRenamed(symbol: SymbolAt): string | undefined {
  if (symbol.kind === 'unknown-variable') return `$${symbol.reference.name} is not declared in this file`;
  if (symbol.kind === 'variable') return predefined.has(symbol.variable.name) ? `${symbol.variable.name} is a name with a meaning of its own` : undefined;
  if (!symbol.symbol.declaration) return 'the stage has no name: write FROM image AS name';
  return undefined;
}
