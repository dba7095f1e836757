import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DocumentHighlightKind, type DocumentHighlight, type Location, type LocationLink, type Position, type Range, type WorkspaceEdit } from 'vscode-languageserver';
import type { Analysis } from '../dockerfile/analysis.js';
import { definitionOf, occurrences, symbolAt, whyNotRenamed, type SymbolAt } from '../dockerfile/symbol-at.js';
import type { BuildContext } from '../files/context.js';
import { span, spanRange, touches } from '../positions.js';

export function definition(analysis: Analysis, position: Position, context: BuildContext | undefined): LocationLink[] {
  const { document } = analysis;
  const offset = document.offsetAt(position);
  const symbol = symbolAt(analysis, offset);
  if (symbol) {
    const target = definitionOf(symbol);
    if (!target) return [];
    return [{ originSelectionRange: spanRange(document, symbol.kind === 'variable' && symbol.reference ? { start: symbol.reference.whole.start, end: symbol.span.end } : symbol.span), targetUri: document.uri, targetRange: spanRange(document, target.whole), targetSelectionRange: spanRange(document, target.name) }];
  }
  return context ? copiedFile(analysis, offset, context) : [];
}

/** The file of the context that a COPY or ADD names. */
function copiedFile(analysis: Analysis, offset: number, context: BuildContext): LocationLink[] {
  const instruction = analysis.instructionAt(offset);
  if ((instruction?.kind !== 'copy' && instruction?.kind !== 'add') || (instruction.kind === 'copy' && instruction.from)) return [];
  const source = instruction.sources.find(({ range }) => touches(span(range), offset));
  if (!source || /[*?[$]|^\w+:/.test(source.value)) return [];
  const path = join(context.folder, source.value);
  if (!path.startsWith(context.folder) || !existsSync(path)) return [];
  const start = { line: 0, character: 0 };
  return [{ originSelectionRange: spanRange(analysis.document, span(source.range)), targetUri: pathToFileURL(path).href, targetRange: { start, end: start }, targetSelectionRange: { start, end: start } }];
}

export function references(analysis: Analysis, position: Position, withDeclaration: boolean): Location[] {
  const symbol = symbolAt(analysis, analysis.document.offsetAt(position));
  if (!symbol) return [];
  return occurrences(symbol)
    .filter(({ write }) => withDeclaration || !write)
    .map((one) => ({ uri: analysis.document.uri, range: spanRange(analysis.document, one.span) }));
}

export function highlights(analysis: Analysis, position: Position): DocumentHighlight[] {
  const symbol = symbolAt(analysis, analysis.document.offsetAt(position));
  if (!symbol) return [];
  return occurrences(symbol).map((one) => ({ range: spanRange(analysis.document, one.span), kind: one.write ? DocumentHighlightKind.Write : DocumentHighlightKind.Read }));
}

/** Thrown with what to tell the user. */
export class CannotRename extends Error {
  override readonly name = 'CannotRename';
}

/** @throws CannotRename for a name that is not the file's own */
export function prepareRename(analysis: Analysis, position: Position): Range | undefined {
  const offset = analysis.document.offsetAt(position);
  const symbol = symbolAt(analysis, offset);
  // On the `$` itself there is no name to edit.
  if (!symbol || !touches(symbol.span, offset)) return undefined;
  refuse(symbol);
  return spanRange(analysis.document, symbol.span);
}

const stageName = /^[a-z][a-z0-9\-_.]*$/i;
const variableName = /^[a-z_]\w*$/i;

/** @throws CannotRename for a name that is not the file's own, or a new one that is not valid or is taken */
export function rename(analysis: Analysis, position: Position, name: string): WorkspaceEdit | undefined {
  const symbol = symbolAt(analysis, analysis.document.offsetAt(position));
  if (!symbol) return undefined;
  refuse(symbol);
  if (symbol.kind === 'stage') {
    if (!stageName.test(name)) throw new CannotRename('the name of a stage is a letter, then letters, digits, -, _ and .');
    if (name.toLowerCase() === 'scratch' || name.toLowerCase() === 'context') throw new CannotRename(`${name} is reserved`);
    if (analysis.resolved.stages.some((stage) => stage !== symbol.symbol.stage && stage.name === name.toLowerCase())) throw new CannotRename(`there is a stage ${name} already`);
  } else if (!variableName.test(name)) throw new CannotRename('the name of a variable is a letter or _, then letters, digits and _');
  else if (symbol.kind === 'variable' && analysis.variables.declarations.some((one) => one.name === name && one.variable !== symbol.variable)) throw new CannotRename(`there is a variable ${name} already`);
  const places = occurrences(symbol).filter((one) => symbol.kind !== 'stage' || one.write || symbol.symbol.references.some((reference) => reference.span.start === one.span.start && reference.byName));
  return { changes: { [analysis.document.uri]: places.map((one) => ({ range: spanRange(analysis.document, one.span), newText: name })) } };
}

function refuse(symbol: SymbolAt): void {
  const reason = whyNotRenamed(symbol);
  if (reason !== undefined) throw new CannotRename(reason);
}
