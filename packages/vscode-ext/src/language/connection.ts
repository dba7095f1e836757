import { join } from 'node:path';
import { l10n, workspace, type CancellationToken, type ExtensionContext } from 'vscode';
import { LanguageClient, RevealOutputChannelOn, TransportKind } from 'vscode-languageclient/node';
import { methods, type ContextFiles, type ContextFilesParams, type ImageTag, type ImageTagsParams, type InitializationOptions, type LastBuild } from '../language-server/protocol.js';

/** A running server, in a process of its own. In a bundle apart, so that only an extension with a Dockerfile open loads it. */
export interface ServerConnection {
  sendLastBuild(build: LastBuild): Promise<void>;
  contextFiles(params: ContextFilesParams, token?: CancellationToken): Promise<ContextFiles>;
  stop(): Promise<void>;
}

/** Documents that are written, not the old versions that a diff shows. */
const schemes = ['file', 'untitled'];

export type AnswerImageTags = (params: ImageTagsParams) => Promise<readonly ImageTag[]>;

export async function connect(context: ExtensionContext, imageTags: AnswerImageTags): Promise<ServerConnection> {
  const module = join(context.extensionPath, 'dist', 'language-server.cjs');
  const files = workspace.createFileSystemWatcher('**/{.hadolint.yaml,.hadolint.yml,caisson.lint.json,*.dockerignore}');
  const initializationOptions: InitializationOptions = { imageTags: true, commands: true, ...(l10n.bundle === undefined ? {} : { texts: l10n.bundle as Readonly<Record<string, string>> }) };
  const client = new LanguageClient(
    'caisson',
    'Caisson Language Server',
    { run: { module, transport: TransportKind.ipc }, debug: { module, transport: TransportKind.ipc, options: { execArgv: ['--nolazy', '--inspect=6011'] } } },
    { documentSelector: [...schemes.map((scheme) => ({ scheme, language: 'dockerfile' })), { scheme: 'file', pattern: '**/*.dockerignore' }], synchronize: { fileEvents: files }, initializationOptions, revealOutputChannelOn: RevealOutputChannelOn.Never },
  );
  client.onRequest(methods.imageTags, imageTags);
  await client.start();
  return {
    sendLastBuild: (build) => client.sendNotification(methods.lastBuild, build),
    contextFiles: (params, token) => (token === undefined ? client.sendRequest<ContextFiles>(methods.contextFiles, params) : client.sendRequest<ContextFiles>(methods.contextFiles, params, token)),
    async stop() {
      files.dispose();
      await client.dispose();
    },
  };
}
