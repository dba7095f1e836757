import { workspace } from 'vscode';
import type { Candidate, Surroundings } from './candidates.js';
import { Connection } from './connection.js';

/** What the settings and the editor say about where an engine may be found. */
export function surroundings(): Surroundings {
  const settings = workspace.getConfiguration('caisson');
  return {
    caissonPath: settings.get('path', ''),
    nodePath: settings.get('node', ''),
    dataRoot: settings.get('dataRoot', ''),
    folders: (workspace.workspaceFolders ?? []).filter((folder) => folder.uri.scheme === 'file').map((folder) => folder.uri.fsPath),
    env: process.env,
    editorPath: process.execPath,
    editorVersion: process.versions.node,
    platform: process.platform,
  };
}

/** The connection that follows the settings. What it takes to open an engine is loaded when one is opened. */
export function editorConnection(): Connection {
  const backends = () => import('./backends.js');
  return new Connection({
    choose: async (): Promise<Candidate> => (await backends()).candidateOf(workspace.getConfiguration('caisson').get('backend', 'local'), surroundings()),
    start: async (command) => (await backends()).LocalDaemon.start(command),
    open: async (host) => (await backends()).openRemote(host),
  });
}
