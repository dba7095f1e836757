import { TextDocuments, TextDocumentSyncKind, type Connection } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { diagnose } from './features/diagnostics.js';

/** Answers one client until the connection ends. */
export function serve(connection: Connection): void {
  const documents = new TextDocuments(TextDocument);
  connection.onInitialize(() => ({ capabilities: { textDocumentSync: { openClose: true, change: TextDocumentSyncKind.Incremental } } }));
  documents.onDidChangeContent(async ({ document }) => {
    await connection.sendDiagnostics({ uri: document.uri, version: document.version, diagnostics: await diagnose(document) });
  });
  documents.onDidClose(async ({ document }) => {
    await connection.sendDiagnostics({ uri: document.uri, diagnostics: [] });
  });
  documents.listen(connection);
  connection.listen();
}
