import type { SemanticTokensBuilder, SemanticTokensLegend } from 'vscode-languageserver';
import type { Instruction } from '@caisson/dockerfile';
import type { Analysis } from '../dockerfile/analysis.js';
import { span, type Span } from '../positions.js';

const types = ['keyword', 'macro', 'parameter', 'variable', 'namespace', 'class', 'string', 'number', 'comment', 'property'] as const;
const modifiers = ['declaration', 'deprecated', 'readonly'] as const;

type TokenType = (typeof types)[number];
type Modifier = (typeof modifiers)[number];

export const legend: SemanticTokensLegend = { tokenTypes: [...types], tokenModifiers: [...modifiers] };

interface Token extends Span {
  readonly type: TokenType;
  readonly modifier?: Modifier;
}

/**
 * What the parser knows better than a grammar: keywords where they are some, stages, variables that are declared, heredocs. Words of shells
 * are left to the editor's grammar.
 */
export function pushSemanticTokens(analysis: Analysis, builder: SemanticTokensBuilder, within?: Span): void {
  const { document } = analysis;
  const tokens = collect(analysis).filter((token) => token.end > token.start && (!within || (token.start < within.end && token.end > within.start)));
  tokens.sort((a, b) => a.start - b.start || b.end - a.end);
  let covered = -1;
  for (const { start, end, type, modifier } of tokens) {
    if (start < covered) continue;
    covered = end;
    const from = document.positionAt(start);
    const to = document.positionAt(end);
    // Editors take no token over several lines; names and keywords have none.
    if (from.line !== to.line) continue;
    builder.push(from.line, from.character, end - start, types.indexOf(type), modifier === undefined ? 0 : 1 << modifiers.indexOf(modifier));
  }
}

function collect(analysis: Analysis): Token[] {
  const { file } = analysis;
  const tokens: Token[] = [];
  const push = (where: Span, type: TokenType, modifier?: Modifier) => tokens.push({ ...where, type, ...(modifier && { modifier }) });
  for (const { range, valueRange } of file.directives) {
    const name = /^#?\s*\/*\s*(\w+)/.exec(file.source.slice(range.start.offset, range.end.offset));
    const end = range.start.offset + (name?.[0].length ?? 1);
    push({ start: end - (name?.[1]?.length ?? 0), end }, 'macro');
    push(span(valueRange), 'string');
  }
  for (const { range } of file.comments) push(span(range), 'comment');
  for (const { span: where, kind } of analysis.variables.declarations) push(where, kind === 'arg' ? 'parameter' : 'variable', 'declaration');
  for (const { span: where, declaration } of analysis.variables.references) if (declaration) push(where, declaration.kind === 'arg' ? 'parameter' : 'variable');
  for (const { declaration, references } of analysis.stages) {
    if (declaration) push(declaration, 'namespace', 'declaration');
    for (const reference of references) push(reference.span, 'namespace');
  }
  // Of two for the same place the first counts: a base that is a stage is no image.
  for (const instruction of file.instructions) instructionTokens(instruction, push);
  return tokens;
}

function instructionTokens(instruction: Instruction, push: (where: Span, type: TokenType, modifier?: Modifier) => unknown): void {
  push(span(instruction.keyword.range), 'keyword', instruction.kind === 'maintainer' ? 'deprecated' : undefined);
  for (const flag of instruction.flags) push(span(flag.nameRange), 'property');
  for (const heredoc of instruction.heredocs) {
    push(span(heredoc.range), 'macro');
    push(span(heredoc.terminatorRange), 'macro');
  }
  if (instruction.kind === 'from') {
    if (instruction.asKeyword) push(span(instruction.asKeyword.range), 'keyword');
    if (!instruction.image.value.includes('$')) push(span(instruction.image.range), 'class');
  } else if (instruction.kind === 'label') for (const { keyRange } of instruction.pairs) push(span(keyRange), 'property');
  else if (instruction.kind === 'expose') {
    for (const { value, range } of instruction.ports) if (!value.includes('$')) push(span(range), 'number');
  } else if (instruction.kind === 'onbuild') instructionTokens(instruction.trigger, push);
  else if (instruction.json) for (const { range } of instruction.args) push(span(range), 'string');
}
