import { ConfigurationTarget, l10n, QuickPickItemKind, ThemeIcon, window, workspace, type QuickPickItem } from 'vscode';
import type { Candidate } from './candidates.js';
import { surroundings } from './editor.js';

type Item = QuickPickItem & { readonly candidate?: Candidate };

/** Lists what there is, usable first, each of the others with the reason; the choice goes into the settings, which the connection follows. */
export async function selectBackend(): Promise<void> {
  const now = workspace.getConfiguration('caisson').get('backend', 'local');
  const { candidates } = await import('./backends.js');
  const all = await candidates(surroundings());
  const usable = all.filter((one) => one.target !== undefined);
  const unusable = all.filter((one) => one.target === undefined);
  const items: Item[] = [
    ...usable.map((candidate) => ({ label: candidate.label, description: candidate.id === now ? l10n.t('in use') : '', detail: candidate.detail, iconPath: new ThemeIcon(candidate.target?.kind === 'local' ? 'vm' : 'remote'), candidate })),
    { label: l10n.t('Another host…'), detail: l10n.t('unix:///path, tcp://host:port, ssh://user@host or npipe:////./pipe/name'), iconPath: new ThemeIcon('add') },
    ...(unusable.length > 0 ? [{ label: l10n.t('Not usable'), kind: QuickPickItemKind.Separator }] : []),
    ...unusable.map((candidate) => ({ label: candidate.label, description: l10n.t('not usable'), detail: candidate.reason ?? '', iconPath: new ThemeIcon('circle-slash'), candidate })),
  ];
  const chosen = await window.showQuickPick(items, { title: l10n.t('Caisson: Select Backend'), placeHolder: l10n.t('Where images and containers are'), matchOnDetail: true });
  if (chosen === undefined) return;
  const id = chosen.candidate === undefined ? await askHost() : chosen.candidate.id;
  if (id === undefined) return;
  if (chosen.candidate !== undefined && chosen.candidate.target === undefined) {
    void window.showWarningMessage(l10n.t('{0} cannot be used: {1}', chosen.candidate.label, chosen.candidate.reason ?? ''));
    return;
  }
  await workspace.getConfiguration('caisson').update('backend', id, ConfigurationTarget.Global);
}

async function askHost(): Promise<string | undefined> {
  const { parseEndpoint } = await import('./backends.js');
  return window.showInputBox({
    title: l10n.t('Host of the engine'),
    prompt: l10n.t('unix:///path, tcp://host:port, ssh://user@host or npipe:////./pipe/name'),
    validateInput: (text) => {
      try {
        parseEndpoint(text);
        return undefined;
      } catch (error) {
        return error instanceof Error ? error.message : String(error);
      }
    },
  });
}
