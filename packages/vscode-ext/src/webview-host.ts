import { randomBytes } from 'node:crypto';
import { env, Uri, ViewColumn, window, type ExtensionContext, type Webview, type WebviewPanel } from 'vscode';

export interface WebviewPage {
  /** Name of the script in dist/webview and of the style in media/webview. */
  readonly name: string;
  readonly title: string;
  /** Strings of the page, in the user's language, by what the page calls them. */
  readonly strings: Readonly<Record<string, string>>;
}

/** Only our own folders, only scripts with this page's number, nothing from anywhere else. */
export function setPage(context: ExtensionContext, webview: Webview, { name, title, strings }: WebviewPage): void {
  const scripts = Uri.joinPath(context.extensionUri, 'dist', 'webview');
  const media = Uri.joinPath(context.extensionUri, 'media', 'webview');
  webview.options = { enableScripts: true, localResourceRoots: [scripts, media] };
  const nonce = randomBytes(18).toString('base64');
  const uri = (folder: Uri, file: string) => webview.asWebviewUri(Uri.joinPath(folder, file)).toString();
  webview.html = `<!DOCTYPE html>
<html lang="${escapeHtml(env.language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${webview.cspSource}; script-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${uri(media, 'base.css')}">
<link rel="stylesheet" href="${uri(media, `${name}.css`)}">
<title>${escapeHtml(title)}</title>
</head>
<body data-strings="${escapeHtml(JSON.stringify(strings))}">
<div id="root"></div>
<script nonce="${nonce}" src="${uri(scripts, `${name}.js`)}"></script>
</body>
</html>`;
}

export function openPanel(context: ExtensionContext, type: string, page: WebviewPage, column: ViewColumn = ViewColumn.Active): WebviewPanel {
  const panel = window.createWebviewPanel(`caisson.${type}`, page.title, column, { retainContextWhenHidden: true, enableFindWidget: true });
  const icon = (name: string) => Uri.joinPath(context.extensionUri, 'media', name);
  panel.iconPath = { light: icon('tab-light.svg'), dark: icon('tab-dark.svg') };
  setPage(context, panel.webview, page);
  return panel;
}


function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
