import type { ExtensionContext } from 'vscode';
import { startLanguage, stopLanguage } from './language/client.js';

/** Called with the first Dockerfile, ignore file or view of ours: nothing may be loaded here that this does not need. */
export function activate(context: ExtensionContext): void {
  startLanguage(context);
}

export async function deactivate(): Promise<void> {
  await stopLanguage();
}
