import { window, workspace, type CancellationToken, type ExtensionContext, type Uri } from 'vscode';
import type { ContextFiles, ImageTag, LastBuild } from '../language-server/protocol.js';
import type { ServerConnection } from './connection.js';
import { registerBuildContext } from './build-context.js';

/** Images of the local store whose name may begin with `prefix`; it may be ignored. */
export type ImageTagsProvider = (prefix: string) => Promise<readonly ImageTag[]>;

/**
 * The language part of the extension. The server starts with the first Dockerfile or ignore file that is opened, or the first question to it;
 * until then nothing of it is loaded. What the rest of the extension knows (images, builds) it hands over here.
 */
export interface Language {
  setImageTagsProvider(provider: ImageTagsProvider): void;
  /** Kept for the server where it has not started. */
  setLastBuild(build: LastBuild): void;
  /** What a build would send; starts the server. */
  contextFiles(uri: Uri, options?: { readonly limit?: number; readonly token?: CancellationToken }): Promise<ContextFiles>;
  stop(): Promise<void>;
}

let running: Language | undefined;

export function startLanguage(context: ExtensionContext): Language {
  let imageTags: ImageTagsProvider | undefined;
  let server: Promise<ServerConnection> | undefined;
  const builds = new Map<string, LastBuild>();

  const start = (): Promise<ServerConnection> => {
    server ??= import('./connection.js').then(async ({ connect }) => {
      const connection = await connect(context, async ({ prefix }) => (await imageTags?.(prefix)) ?? []);
      for (const build of builds.values()) await connection.sendLastBuild(build);
      return connection;
    });
    return server;
  };
  const startFor = ({ languageId, uri }: { readonly languageId: string; readonly uri: Uri }) => {
    if (server !== undefined || (uri.scheme !== 'file' && uri.scheme !== 'untitled') || (languageId !== 'dockerfile' && !uri.path.endsWith('.dockerignore'))) return;
    // After the activation, which has to be over soon.
    setImmediate(() => {
      start().catch((error: unknown) => void window.showErrorMessage(`Caisson: ${error instanceof Error ? error.message : String(error)}`));
    });
  };

  const language: Language = {
    setImageTagsProvider(provider) {
      imageTags = provider;
    },
    setLastBuild(build) {
      builds.set(build.dockerfile, build);
      void server?.then((connection) => connection.sendLastBuild(build));
    },
    async contextFiles(uri, { limit, token } = {}) {
      return await (await start()).contextFiles({ uri: uri.toString(), ...(limit !== undefined && { limit }) }, token);
    },
    async stop() {
      const stopping = server;
      server = undefined;
      await (await stopping)?.stop();
    },
  };
  context.subscriptions.push(workspace.onDidOpenTextDocument(startFor), registerBuildContext(language));
  for (const document of workspace.textDocuments) startFor(document);
  running = language;
  return language;
}

export async function stopLanguage(): Promise<void> {
  await running?.stop();
  running = undefined;
}
