import { join } from 'node:path';
import { commands, Disposable, DocumentLink, l10n, languages, ProgressLocation, Range, Uri, window, workspace, type CancellationToken, type TextDocument } from 'vscode';
import type { ContextFiles } from '../language-server/protocol.js';
import { formatBytes } from '../language-server/text.js';

const scheme = 'caisson-context';

interface Source {
  contextFiles(uri: Uri, options?: { readonly token?: CancellationToken }): Promise<ContextFiles>;
}

/** The command that shows, as a document, what a build would send; each file in it leads to the file. */
export function registerBuildContext(source: Source): Disposable {
  const shown = new Map<string, ContextFiles>();
  const show = async (given?: Uri) => {
    const uri = given instanceof Uri ? given : window.activeTextEditor?.document.uri;
    if (uri?.scheme !== 'file') {
      void window.showInformationMessage(l10n.t('Open a Dockerfile or a .dockerignore, or choose a folder in the explorer.'));
      return;
    }
    let cancelled = () => false;
    try {
      const files = await window.withProgress({ location: ProgressLocation.Notification, title: l10n.t('Reading the build context'), cancellable: true }, (_, token) => {
        cancelled = () => token.isCancellationRequested;
        return source.contextFiles(uri, { token });
      });
      const target = Uri.from({ scheme, path: `${uri.path.replace(/\/$/, '')} (${l10n.t('build context')})` });
      shown.set(target.toString(), files);
      refresh?.(target);
      await window.showTextDocument(await workspace.openTextDocument(target), { preview: true });
    } catch (error) {
      if (!cancelled()) void window.showErrorMessage(l10n.t('The build context cannot be shown: {0}', error instanceof Error ? error.message : String(error)));
    }
  };
  let refresh: ((uri: Uri) => void) | undefined;
  return Disposable.from(
    commands.registerCommand('caisson.showBuildContext', show),
    workspace.registerTextDocumentContentProvider(scheme, {
      onDidChange: (listener) => {
        refresh = (uri) => {
          listener(uri);
        };
        return new Disposable(() => (refresh = undefined));
      },
      provideTextDocumentContent: (uri) => {
        const files = shown.get(uri.toString());
        return files ? describe(files) : '';
      },
    }),
    workspace.onDidCloseTextDocument((document) => shown.delete(document.uri.toString())),
    languages.registerDocumentLinkProvider({ scheme }, { provideDocumentLinks: (document) => links(document, shown.get(document.uri.toString())) }),
  );
}

const column = 12;

/** Sums first, then folders, then files, largest first. */
export function describe({ context, ignoreFile, files, folders, count, size, ignored, truncated }: ContextFiles): string {
  const row = (bytes: number, path: string) => `${formatBytes(bytes).padStart(column)}  ${path}`;
  return [
    l10n.t('Context: {0}', context),
    ignoreFile === undefined ? l10n.t('No ignore file: everything is sent.') : l10n.t('Ignore file: {0}', ignoreFile),
    count === 1 ? l10n.t('A build would send 1 file, {0}; {1} left out.', formatBytes(size), ignored) : l10n.t('A build would send {0} files, {1}; {2} left out.', count.toLocaleString('en'), formatBytes(size), ignored),
    ...(truncated ? [l10n.t('The context is larger than this: counting ended early.')] : []),
    '',
    l10n.t('By folder'),
    ...folders.map((folder) => row(folder.size, folder.files > 1 || folder.path.endsWith('/') ? `${folder.path}  (${folder.files})` : folder.path)),
    '',
    files.length < count ? l10n.t('The {0} largest files', files.length) : l10n.t('All files'),
    ...files.map((file) => row(file.size, file.path)),
    '',
  ].join('\n');
}

function links(document: TextDocument, files: ContextFiles | undefined): DocumentLink[] {
  if (!files) return [];
  const known = new Set(files.files.map(({ path }) => path));
  const found: DocumentLink[] = [];
  for (const [line, text] of document.getText().split('\n').entries()) {
    const path = text.slice(column + 2);
    if (known.has(path)) found.push(new DocumentLink(new Range(line, column + 2, line, text.length), Uri.file(join(files.context, path))));
  }
  return found;
}
