import { l10n, workspace, type ExtensionContext } from 'vscode';
import { config as useTexts } from '@vscode/l10n';
import { App } from './app.js';
import { registerBuilds } from './build/register.js';
import { registerCommands } from './commands/register.js';
import { registerFileSystems } from './files/register.js';
import { startLanguage, stopLanguage } from './language/client.js';
import { imageTags } from './state/image-tags.js';
import { registerViews } from './views/register.js';

let app: App | undefined;

/** Called with the first Dockerfile, ignore file or view of ours: nothing may be loaded here that this does not need. */
export function activate(context: ExtensionContext): void {
  if (l10n.bundle !== undefined) useTexts({ contents: l10n.bundle });
  const language = startLanguage(context);
  const made = (app = new App(context, language));
  language.setImageTagsProvider(() => imageTags(made));
  registerCommands(made, registerBuilds(made));
  registerFileSystems(made);
  const views = registerViews(made);
  context.subscriptions.push(
    workspace.onDidChangeConfiguration((change) => {
      if (['backend', 'path', 'node', 'dataRoot'].some((name) => change.affectsConfiguration(`caisson.${name}`))) void made.reopen(l10n.t('Caisson uses another backend now'));
      if (change.affectsConfiguration('caisson.registries')) views.get('registries')?.refresh();
    }),
  );
}

export async function deactivate(): Promise<void> {
  await Promise.all([stopLanguage(), app?.close()]);
}
