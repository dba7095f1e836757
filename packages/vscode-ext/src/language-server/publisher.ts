import { DiagnosticSeverity, type Connection, type Diagnostic } from 'vscode-languageserver';
import { toDiagnostic } from './features/diagnostics.js';
import { isIgnoreFile } from './files/context.js';
import { ignoreDiagnostics } from './ignore/diagnostics.js';
import type { Session } from './session.js';

/** Milliseconds without a change before a document is linted: a burst of keystrokes is linted once. */
const settled = 40;

/** Tells the client what is wrong with its documents, whenever that may have changed. */
export class Publisher {
  private readonly connection: Connection;
  private readonly session: Session;
  private readonly waiting = new Map<string, NodeJS.Timeout>();

  constructor(connection: Connection, session: Session) {
    this.connection = connection;
    this.session = session;
  }

  schedule(uri: string): void {
    clearTimeout(this.waiting.get(uri));
    this.waiting.set(
      uri,
      setTimeout(() => {
        this.waiting.delete(uri);
        void this.publish(uri);
      }, settled),
    );
  }

  scheduleAll(): void {
    for (const { uri } of this.session.documents.all()) this.schedule(uri);
  }

  /** A closed document has nothing wrong. */
  async clear(uri: string): Promise<void> {
    clearTimeout(this.waiting.get(uri));
    this.waiting.delete(uri);
    await this.connection.sendDiagnostics({ uri, diagnostics: [] });
  }

  private async publish(uri: string): Promise<void> {
    const document = this.session.documents.get(uri);
    if (!document) return;
    const { version } = document;
    try {
      const diagnostics = await this.diagnose(uri);
      // What has changed meanwhile is waiting for its own turn.
      if (this.session.documents.get(uri)?.version === version) await this.connection.sendDiagnostics({ uri, version, diagnostics });
    } catch (error) {
      this.connection.console.error(`diagnostics of ${uri}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    }
  }

  private async diagnose(uri: string): Promise<Diagnostic[]> {
    const document = this.session.documents.get(uri);
    if (document && isIgnoreFile(uri)) return (await this.session.settings(uri)).lint.enabled ? ignoreDiagnostics(document) : [];
    const analysis = await this.session.analysis(uri);
    if (!analysis) return [];
    const [findings, problem] = await Promise.all([this.session.findings(uri), this.session.lintProblem(uri)]);
    const about = problem === undefined ? [] : [{ range: { start: { line: 0, character: 0 }, end: { line: 0, character: 0 } }, severity: DiagnosticSeverity.Warning, code: 'config', source: 'caisson', message: `the linter's configuration is not used: ${problem}` }];
    return [...about, ...findings.map((finding) => toDiagnostic(analysis, finding))];
  }
}
