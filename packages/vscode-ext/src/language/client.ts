import { join } from 'node:path';
import { workspace, type ExtensionContext } from 'vscode';
import { LanguageClient, TransportKind } from 'vscode-languageclient/node';

let client: LanguageClient | undefined;

/** Starts the server with the first document that it is for. */
export function startLanguage(context: ExtensionContext): void {
  const startFor = ({ languageId, uri }: { readonly languageId: string; readonly uri: { readonly path: string } }) => {
    if (client !== undefined || (languageId !== 'dockerfile' && !uri.path.endsWith('.dockerignore'))) return;
    const module = join(context.extensionPath, 'dist', 'language-server.cjs');
    client = new LanguageClient('caisson', 'Caisson', { module, transport: TransportKind.ipc }, { documentSelector: [{ language: 'dockerfile' }, { pattern: '**/{*,}.dockerignore' }] });
    void client.start();
  };
  for (const document of workspace.textDocuments) startFor(document);
  context.subscriptions.push(workspace.onDidOpenTextDocument(startFor));
}

export async function stopLanguage(): Promise<void> {
  await client?.stop();
  client = undefined;
}
