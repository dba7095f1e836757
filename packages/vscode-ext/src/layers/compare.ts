import { commands, l10n, ProgressLocation, Uri, window } from 'vscode';
import type { App } from '../app.js';
import { callName, showName, type ImageChoice } from '../commands/targets.js';
import { imageAddress, imageScheme } from '../files/address.js';
import { openPanel } from '../webview-host.js';
import type { FromComparisonPage, ToLayersPage } from './messages.js';
import { layerStrings } from './strings.js';

/** More than a page can hold; the largest are what matters. */
const shown = 5000;

/** What differs between two images, files and configuration, in an editor of its own. */
export async function openComparison(app: App, a: ImageChoice, b: ImageChoice): Promise<void> {
  // In the status bar: most are done at once, but another host may have to save the images first.
  const comparing = { location: ProgressLocation.Window, title: l10n.t('Comparing {0} and {1}', showName(a), showName(b)) };
  const { changes, config, sharedLayers } = await window.withProgress(comparing, async () => (await app.engine()).images.compare(callName(a), callName(b)));
  const largest = changes.toSorted((x, y) => Math.max(y.before, y.after) - Math.max(x.before, x.after)).slice(0, shown);
  const panel = openPanel(app.context, 'layers', { name: 'layers', title: l10n.t('{0} and {1}', showName(a), showName(b)), strings: layerStrings() });
  const message: ToLayersPage = { kind: 'comparison', a: showName(a), b: showName(b), changes: largest, total: changes.length, config, sharedLayers };
  panel.webview.onDidReceiveMessage((said: FromComparisonPage) => {
    if (said.kind === 'ready') void panel.webview.postMessage(message);
    else if (said.kind === 'diff') void app.attempt(() => openFile(a, b, said));
  });
}

async function openFile(a: ImageChoice, b: ImageChoice, { path, change }: Extract<FromComparisonPage, { readonly kind: 'diff' }>): Promise<void> {
  const uri = ({ image }: ImageChoice) => Uri.from({ scheme: imageScheme, path: imageAddress({ image: image.id, path }) });
  if (change === 'changed') await commands.executeCommand('vscode.diff', uri(a), uri(b), l10n.t('{0} ({1} and {2})', path, showName(a), showName(b)), { preview: true });
  else await commands.executeCommand('vscode.open', uri(change === 'added' ? b : a), { preview: true });
}
