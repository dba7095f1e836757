import type { Instruction } from '@caisson/dockerfile';
import { FoldingRangeKind, SymbolKind, type DocumentSymbol, type FoldingRange } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { span, spanRange, toRange } from '../positions.js';

const kinds: Readonly<Partial<Record<Instruction['kind'], SymbolKind>>> = {
  arg: SymbolKind.Variable,
  env: SymbolKind.Constant,
  label: SymbolKind.Property,
  copy: SymbolKind.File,
  add: SymbolKind.File,
  expose: SymbolKind.Interface,
  run: SymbolKind.Method,
  cmd: SymbolKind.Event,
  entrypoint: SymbolKind.Event,
};

/** Stages with the instructions in them; what is above the first FROM beside them. */
export function documentSymbols(analysis: Analysis): DocumentSymbol[] {
  const { document, file, resolved } = analysis;
  const inStages = new Set(resolved.stages.flatMap((stage) => [stage.from, ...stage.instructions]));
  const outside = file.instructions.filter((instruction) => !inStages.has(instruction)).map((instruction) => instructionSymbol(analysis, instruction));
  const stages = resolved.stages.map(
    (stage): DocumentSymbol => ({
      name: stage.from.as?.value ?? (stage.from.image.value || 'FROM'),
      detail: stage.from.as ? stage.from.image.value : '',
      kind: SymbolKind.Module,
      range: toRange(document, stage.range),
      selectionRange: toRange(document, (stage.from.as ?? stage.from.image).range),
      children: stage.instructions.map((instruction) => instructionSymbol(analysis, instruction)),
    }),
  );
  return [...outside, ...stages];
}

function instructionSymbol({ document, file }: Analysis, instruction: Instruction): DocumentSymbol {
  const keyword = span(instruction.keyword.range);
  const detail = file.source.slice(keyword.end, instruction.range.end.offset).trim().split('\n')[0] ?? '';
  return {
    name: instruction.name || 'instruction',
    detail: detail.length > 80 ? `${detail.slice(0, 79)}…` : detail,
    kind: kinds[instruction.kind] ?? SymbolKind.Field,
    range: toRange(document, instruction.range),
    selectionRange: spanRange(document, keyword),
  };
}

/** Stages, instructions over several lines, heredocs, blocks of comments, and `# region`. */
export function foldingRanges(analysis: Analysis): FoldingRange[] {
  const { document, file, resolved } = analysis;
  const lineAt = (offset: number) => document.positionAt(offset).line;
  const ranges: FoldingRange[] = [];
  const add = (startLine: number, endLine: number, kind?: string) => {
    if (endLine > startLine) ranges.push({ startLine, endLine, ...(kind !== undefined && { kind }) });
  };
  for (const stage of resolved.stages) add(lineAt(stage.range.start.offset), lineAt(stage.range.end.offset));
  for (const instruction of file.instructions) {
    add(lineAt(instruction.range.start.offset), lineAt(instruction.range.end.offset));
    for (const { range, terminatorRange } of instruction.heredocs) {
      const opening = lineAt(range.start.offset);
      if (opening !== lineAt(instruction.range.start.offset)) add(opening, lineAt(terminatorRange.end.offset));
    }
  }
  let first: number | undefined;
  let last = -2;
  const regions: number[] = [];
  for (const { text, range } of file.comments) {
    const line = lineAt(range.start.offset);
    if (line !== last + 1) {
      if (first !== undefined) add(first, last, FoldingRangeKind.Comment);
      first = line;
    }
    last = line;
    if (/^#?region\b/.test(text)) regions.push(line);
    else if (/^#?endregion\b/.test(text)) add(regions.pop() ?? line, line, FoldingRangeKind.Region);
  }
  if (first !== undefined) add(first, last, FoldingRangeKind.Comment);
  return ranges;
}
