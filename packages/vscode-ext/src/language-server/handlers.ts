import { lintRules } from '@caisson/dockerfile';
import { LSPErrorCodes, ResponseError, SemanticTokensBuilder, type CancellationToken, type Connection } from 'vscode-languageserver';
import type { ClientAbilities } from './capabilities.js';
import { complete } from './completion/complete.js';
import type { Analysis } from './dockerfile/analysis.js';
import { codeActions } from './features/code-actions.js';
import { codeLenses } from './features/code-lens.js';
import { contextFiles } from './features/context-files.js';
import { format } from './features/formatting.js';
import { hover } from './features/hover.js';
import { inlayHints } from './features/inlay-hints.js';
import { documentLinks } from './features/links.js';
import { CannotRename, definition, highlights, prepareRename, references, rename } from './features/navigation.js';
import { pushSemanticTokens } from './features/semantic-tokens.js';
import { signatureHelp } from './features/signature-help.js';
import { documentSymbols, foldingRanges } from './features/symbols.js';
import { isIgnoreFile } from './files/context.js';
import { ignoreCompletion } from './ignore/completion.js';
import { ignoreActions } from './ignore/diagnostics.js';
import { ignoreHover } from './ignore/hover.js';
import { methods, type ContextFilesParams } from './protocol.js';
import type { Session } from './session.js';

/** Ties each request to the feature that answers it. */
export function registerHandlers(connection: Connection, session: Session, abilities: () => ClientAbilities): void {
  const tokens = new Map<string, SemanticTokensBuilder>();
  const ask = async <T>(uri: string, otherwise: T, answer: (analysis: Analysis) => T | Promise<T>): Promise<T> => {
    const analysis = await session.analysis(uri);
    return analysis ? await answer(analysis) : otherwise;
  };
  const ignoreDocument = (uri: string) => (isIgnoreFile(uri) ? session.documents.get(uri) : undefined);

  connection.onCompletion(async ({ textDocument: { uri }, position }) => {
    const { snippets } = abilities();
    const ignore = ignoreDocument(uri);
    if (ignore) return ignoreCompletion(ignore, position, await session.context(uri), snippets);
    return await ask(uri, null, (analysis) => complete(analysis, position, { context: () => session.context(uri), images: (prefix) => session.imageTags(prefix), rules: lintRules, snippets }));
  });
  connection.onHover(async ({ textDocument: { uri }, position }) => {
    const ignore = ignoreDocument(uri);
    if (ignore) return (await ignoreHover(ignore, position, await session.context(uri), (folder) => session.everyFile(folder))) ?? null;
    return await ask(uri, null, async (analysis) => (await hover(analysis, position, { rules: lintRules, images: () => session.imageTags(''), build: session.lastBuild(uri), context: () => session.context(uri) })) ?? null);
  });
  connection.onSignatureHelp(({ textDocument: { uri }, position }) => ask(uri, null, (analysis) => signatureHelp(analysis, position) ?? null));
  connection.onDefinition(({ textDocument: { uri }, position }) => ask(uri, null, async (analysis) => definition(analysis, position, await session.context(uri))));
  connection.onReferences(({ textDocument: { uri }, position, context }) => ask(uri, [], (analysis) => references(analysis, position, context.includeDeclaration)));
  connection.onDocumentHighlight(({ textDocument: { uri }, position }) => ask(uri, [], (analysis) => highlights(analysis, position)));
  connection.onPrepareRename(({ textDocument: { uri }, position }) => ask(uri, null, (analysis) => refusable(() => prepareRename(analysis, position) ?? null)));
  connection.onRenameRequest(({ textDocument: { uri }, position, newName }) => ask(uri, null, (analysis) => refusable(() => rename(analysis, position, newName) ?? null)));
  connection.onDocumentSymbol(({ textDocument: { uri } }) => ask(uri, [], documentSymbols));
  connection.onFoldingRanges(({ textDocument: { uri } }) => ask(uri, [], foldingRanges));
  connection.onDocumentFormatting(({ textDocument: { uri }, options }) => ask(uri, [], (analysis) => format(analysis, options)));
  connection.onDocumentRangeFormatting(({ textDocument: { uri }, options, range }) => ask(uri, [], (analysis) => format(analysis, options, range)));
  connection.onDocumentLinks(({ textDocument: { uri } }) => ask(uri, [], documentLinks));
  connection.onCodeAction(async ({ textDocument: { uri }, range, context }) => {
    const ignore = ignoreDocument(uri);
    if (ignore) return ignoreActions(ignore, range, context.diagnostics);
    return await ask(uri, [], async (analysis) => codeActions(analysis, await session.findings(uri), range, context, await session.lintConfig(uri)));
  });
  connection.onCodeLens(({ textDocument: { uri } }) =>
    ask(uri, [], async (analysis) => (session.options.commands && (await session.settings(uri)).codeLens ? codeLenses(analysis, session.lastBuild(uri)) : [])));
  connection.languages.inlayHint.on(({ textDocument: { uri }, range }) => ask(uri, [], async (analysis) => inlayHints(analysis, range, (await session.settings(uri)).inlayHints, session.lastBuild(uri))));

  connection.languages.semanticTokens.on(({ textDocument: { uri } }) =>
    ask(uri, { data: [] }, (analysis) => {
      const builder = new SemanticTokensBuilder();
      tokens.set(uri, builder);
      pushSemanticTokens(analysis, builder);
      return builder.build();
    }));
  connection.languages.semanticTokens.onDelta(({ textDocument: { uri }, previousResultId }) =>
    ask(uri, { edits: [] }, (analysis) => {
      const builder = tokens.get(uri) ?? new SemanticTokensBuilder();
      tokens.set(uri, builder);
      builder.previousResult(previousResultId);
      pushSemanticTokens(analysis, builder);
      return builder.buildEdits();
    }));
  connection.languages.semanticTokens.onRange(({ textDocument: { uri }, range }) =>
    ask(uri, { data: [] }, (analysis) => {
      const builder = new SemanticTokensBuilder();
      pushSemanticTokens(analysis, builder, { start: analysis.document.offsetAt(range.start), end: analysis.document.offsetAt(range.end) });
      return builder.build();
    }));
  session.documents.onDidClose(({ document }) => tokens.delete(document.uri));

  connection.onRequest(methods.contextFiles, async ({ uri, limit }: ContextFilesParams, token: CancellationToken) => {
    const context = await session.context(uri);
    if (!context) throw new ResponseError(LSPErrorCodes.RequestFailed, 'only a file on this disk has a context');
    return await contextFiles(context, limit, signalOf(token));
  });
}

function refusable<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw error instanceof CannotRename ? new ResponseError(LSPErrorCodes.RequestFailed, error.message) : error;
  }
}

function signalOf(token: CancellationToken): AbortSignal {
  const controller = new AbortController();
  token.onCancellationRequested(() => {
    controller.abort(new ResponseError(LSPErrorCodes.RequestCancelled, 'cancelled'));
  });
  return controller.signal;
}
