import * as l10n from '@vscode/l10n';
import { DidChangeConfigurationNotification, TextDocuments, type Connection } from 'vscode-languageserver';
import { TextDocument } from 'vscode-languageserver-textdocument';
import { readAbilities, serverCapabilities, type ClientAbilities } from './capabilities.js';
import { isIgnoreFile, pathOf } from './files/context.js';
import { registerHandlers } from './handlers.js';
import { methods, type InitializationOptions, type LastBuild } from './protocol.js';
import { Publisher } from './publisher.js';
import { Session } from './session.js';

/** Answers one client until the connection ends. */
export function serve(connection: Connection): void {
  const documents = new TextDocuments(TextDocument);
  const session = new Session(connection, documents);
  const publisher = new Publisher(connection, session);
  let abilities: ClientAbilities = readAbilities({});

  connection.onInitialize(({ capabilities, initializationOptions, workspaceFolders }) => {
    abilities = readAbilities(capabilities);
    session.pullsSettings = abilities.configuration;
    session.options = (initializationOptions ?? {}) as InitializationOptions;
    if (session.options.texts) l10n.config({ contents: { ...session.options.texts } });
    session.roots = (workspaceFolders ?? []).flatMap(({ uri }) => pathOf(uri) ?? []);
    return { capabilities: { ...serverCapabilities, workspace: { workspaceFolders: { supported: true, changeNotifications: true } } }, serverInfo: { name: 'caisson-language-server' } };
  });
  connection.onInitialized(async () => {
    if (abilities.configurationChanges) await connection.client.register(DidChangeConfigurationNotification.type, { section: 'caisson' });
    connection.workspace.onDidChangeWorkspaceFolders(({ added, removed }) => {
      const gone = new Set(removed.map(({ uri }) => pathOf(uri)));
      session.roots = [...session.roots.filter((root) => !gone.has(root)), ...added.flatMap(({ uri }) => pathOf(uri) ?? [])];
    });
  });

  connection.onDidChangeConfiguration(({ settings }: { settings: unknown }) => {
    session.forgetSettings((settings as { caisson?: unknown } | null)?.caisson);
    publisher.scheduleAll();
    void refresh();
  });
  connection.onDidChangeWatchedFiles(() => {
    session.forgetFiles();
    publisher.scheduleAll();
  });
  connection.onNotification(methods.lastBuild, (build: LastBuild) => {
    session.rememberBuild(build);
    publisher.schedule(build.dockerfile);
    void refresh();
  });

  documents.onDidChangeContent(({ document: { uri } }) => {
    publisher.schedule(uri);
    // What it leaves out matters to COPY.
    if (!isIgnoreFile(uri)) return;
    session.forgetFiles();
    publisher.scheduleAll();
  });
  documents.onDidClose(({ document: { uri } }) => {
    session.forget(uri);
    void publisher.clear(uri);
  });

  const refresh = async () => {
    if (abilities.refreshHints) await connection.languages.inlayHint.refresh();
    if (abilities.refreshLenses) await connection.sendRequest('workspace/codeLens/refresh');
  };

  registerHandlers(connection, session, () => abilities);
  documents.listen(connection);
  connection.listen();
}
