import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { createProtocolConnection, StreamMessageReader, StreamMessageWriter, type Diagnostic, type Position, type ProtocolConnection, type PublishDiagnosticsParams, type ServerCapabilities } from 'vscode-languageserver/node';
import { TextDocument } from 'vscode-languageserver-textdocument';
import type { ImageTag, LastBuild } from '../../src/language-server/protocol.js';

const server = fileURLToPath(new URL('../../dist/language-server.cjs', import.meta.url));

/** Stands for the cursor in the texts of cases. */
const cursorMark = '‸';

export function withCursor(marked: string): { text: string; offset: number } {
  const offset = marked.indexOf(cursorMark);
  if (offset < 0) throw new Error(`no ${cursorMark} in ${JSON.stringify(marked)}`);
  return { text: marked.replace(cursorMark, ''), offset };
}

export interface Opened {
  readonly uri: string;
  readonly document: TextDocument;
  readonly position: Position;
}

/** The bundled server in a process of its own, spoken to over stdio as an editor does, with a folder for files. */
export class Editor implements AsyncDisposable {
  readonly folder: string;
  readonly connection: ProtocolConnection;
  capabilities: ServerCapabilities = {};
  images: readonly ImageTag[] = [];
  settings: unknown = {};
  private readonly child: ChildProcess;
  private readonly published = new Map<string, PublishDiagnosticsParams[]>();
  private readonly waiters = new Set<() => void>();
  private count = 0;

  private constructor(child: ChildProcess, connection: ProtocolConnection) {
    this.child = child;
    this.connection = connection;
    this.folder = mkdtempSync(join(tmpdir(), 'caisson-lsp-'));
  }

  /** `texts`: what the server is to say instead of its English. */
  static async start(texts?: Readonly<Record<string, string>>): Promise<Editor> {
    if (!existsSync(server)) throw new Error('the language server is not built: npx nx build caisson-vscode');
    const child = spawn(process.execPath, [server, '--stdio'], { stdio: ['pipe', 'pipe', 'inherit'] });
    if (!child.stdout || !child.stdin) throw new Error('no pipes');
    const editor = new Editor(child, createProtocolConnection(new StreamMessageReader(child.stdout), new StreamMessageWriter(child.stdin)));
    editor.answer();
    editor.connection.listen();
    const result = await editor.request<{ capabilities: ServerCapabilities }>('initialize', {
      processId: process.pid,
      rootUri: null,
      workspaceFolders: [{ uri: pathToFileURL(editor.folder).href, name: 'work' }],
      initializationOptions: { imageTags: true, commands: true, ...(texts ? { texts } : {}) },
      capabilities: {
        workspace: { configuration: true, didChangeConfiguration: { dynamicRegistration: true }, inlayHint: { refreshSupport: true }, codeLens: { refreshSupport: true } },
        textDocument: { completion: { completionItem: { snippetSupport: true } } },
      },
    });
    editor.capabilities = result.capabilities;
    await editor.connection.sendNotification('initialized', {});
    return editor;
  }

  private answer(): void {
    this.connection.onRequest('caisson/imageTags', () => this.images);
    this.connection.onRequest('workspace/configuration', ({ items }: { items: unknown[] }) => items.map(() => this.settings));
    for (const method of ['client/registerCapability', 'workspace/inlayHint/refresh', 'workspace/codeLens/refresh']) this.connection.onRequest(method, () => null);
    this.connection.onNotification('textDocument/publishDiagnostics', (params: PublishDiagnosticsParams) => {
      this.published.set(params.uri, [...(this.published.get(params.uri) ?? []), params]);
      for (const wake of this.waiters) wake();
    });
  }

  request<T>(method: string, params: unknown): Promise<T> {
    return this.connection.sendRequest<T>(method, params);
  }

  write(path: string, content: string | Uint8Array): string {
    const file = join(this.folder, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    return file;
  }

  remove(path: string): void {
    rmSync(join(this.folder, path), { force: true, recursive: true });
  }

  uri(path: string): string {
    return pathToFileURL(join(this.folder, path)).href;
  }

  /** Opens a text, at its cursor if one is marked, under a name of its own. */
  async open(marked: string, name = `Dockerfile.${++this.count}`): Promise<Opened> {
    const { text, offset } = marked.includes(cursorMark) ? withCursor(marked) : { text: marked, offset: 0 };
    const uri = this.uri(name);
    const languageId = name.endsWith('.dockerignore') ? 'ignore' : 'dockerfile';
    await this.connection.sendNotification('textDocument/didOpen', { textDocument: { uri, languageId, version: 1, text } });
    const document = TextDocument.create(uri, languageId, 1, text);
    return { uri, document, position: document.positionAt(offset) };
  }

  async close(uri: string): Promise<void> {
    await this.connection.sendNotification('textDocument/didClose', { textDocument: { uri } });
  }

  async ask<T>(method: string, { uri, position }: Opened, more: object = {}): Promise<T> {
    return await this.request<T>(`textDocument/${method}`, { textDocument: { uri }, position, ...more });
  }

  /** The diagnostics of a version of a document, once they are there. */
  async diagnostics(uri: string, version = 1): Promise<Diagnostic[]> {
    return await this.published_(uri, (params) => params.version === version);
  }

  /** The first diagnostics that are as wanted. */
  async diagnosticsUntil(uri: string, wanted: (diagnostics: Diagnostic[]) => boolean): Promise<Diagnostic[]> {
    return await this.published_(uri, (params) => wanted(params.diagnostics));
  }

  async lastBuild(build: LastBuild): Promise<void> {
    await this.connection.sendNotification('caisson/lastBuild', build);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.connection.sendRequest('shutdown');
    const exited = new Promise((resolve) => this.child.once('exit', resolve));
    await this.connection.sendNotification('exit');
    await exited;
    this.connection.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }

  private async published_(uri: string, wanted: (params: PublishDiagnosticsParams) => boolean): Promise<Diagnostic[]> {
    for (const deadline = Date.now() + 60_000; ; ) {
      const found = this.published.get(uri)?.find(wanted);
      if (found) return found.diagnostics;
      if (Date.now() > deadline) throw new Error(`no such diagnostics of ${uri}: ${JSON.stringify(this.published.get(uri))}`);
      await new Promise<void>((resolve) => {
        const wake = () => {
          this.waiters.delete(wake);
          clearTimeout(timer);
          resolve();
        };
        const timer = setTimeout(wake, 1000);
        this.waiters.add(wake);
      });
    }
  }
}
