import { CodeActionKind, TextDocumentSyncKind, type ClientCapabilities, type ServerCapabilities } from 'vscode-languageserver';
import { fixAllKind } from './features/code-actions.js';
import { legend } from './features/semantic-tokens.js';

export const serverCapabilities: ServerCapabilities = {
  textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental },
  completionProvider: { triggerCharacters: ['$', '{', '=', ',', '/', '-', '#', ':'] },
  hoverProvider: true,
  signatureHelpProvider: { triggerCharacters: [' ', '=', ','] },
  definitionProvider: true,
  referencesProvider: true,
  documentHighlightProvider: true,
  documentSymbolProvider: true,
  renameProvider: { prepareProvider: true },
  foldingRangeProvider: true,
  documentFormattingProvider: true,
  documentRangeFormattingProvider: true,
  documentLinkProvider: {},
  codeActionProvider: { codeActionKinds: [CodeActionKind.QuickFix, fixAllKind] },
  codeLensProvider: {},
  inlayHintProvider: {},
  semanticTokensProvider: { legend, range: true, full: { delta: true } },
};

/** What the client said that it can do, as far as the server asks. */
export interface ClientAbilities {
  readonly configuration: boolean;
  readonly configurationChanges: boolean;
  readonly snippets: boolean;
  readonly refreshHints: boolean;
  readonly refreshLenses: boolean;
}

export function readAbilities({ workspace, textDocument }: ClientCapabilities): ClientAbilities {
  return {
    configuration: workspace?.configuration ?? false,
    configurationChanges: workspace?.didChangeConfiguration?.dynamicRegistration ?? false,
    snippets: textDocument?.completion?.completionItem?.snippetSupport ?? false,
    refreshHints: workspace?.inlayHint?.refreshSupport ?? false,
    refreshLenses: workspace?.codeLens?.refreshSupport ?? false,
  };
}
