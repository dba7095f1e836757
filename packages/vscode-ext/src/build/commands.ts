import { Diagnostic, DiagnosticSeverity, l10n, languages, Range, Uri, window, workspace, type DiagnosticCollection, type TextEditor } from 'vscode';
import { fileURLToPath } from 'node:url';
import type { SourceRange } from '@caisson/core';
import type { App } from '../app.js';
import { formatSeconds } from '../format/units.js';
import { LinesByLayer } from '../layers/lines.js';
import type { BuildTarget } from '../language-server/protocol.js';
import { choosePlan, defaultPlan } from './choose.js';
import { BuildMemory } from './memory.js';
import type { BuildPlan } from './plan.js';
import { faultOf, lastBuildOf } from './report.js';
import { BuildSession, type BuildOutcome } from './session.js';
import type { BuildView } from './view.js';

/** Builds: from commands, lenses and tasks alike. What a build came to is told to whoever is concerned: the editor, the lenses, the layer history. */
export class Builder {
  readonly memory: BuildMemory;
  readonly lines: LinesByLayer;
  readonly #app: App;
  readonly #view: () => BuildView;
  readonly #problems: DiagnosticCollection;

  constructor(app: App, view: () => BuildView) {
    this.#app = app;
    this.#view = view;
    this.memory = new BuildMemory(app.context.workspaceState);
    this.lines = new LinesByLayer(this.memory);
    this.#problems = languages.createDiagnosticCollection('caisson-build');
    app.context.subscriptions.push(this.#problems, workspace.onDidChangeTextDocument(({ document, contentChanges }) => contentChanges.length > 0 && this.#problems.delete(document.uri)));
  }

  /** The command: asks what is not known. From a lens or the explorer, what was clicked on; without questions where it is a lens. */
  async build(given: unknown): Promise<BuildOutcome | undefined> {
    const plan = await this.planFor(given);
    return plan === undefined ? undefined : this.start(plan);
  }

  async planFor(given: unknown): Promise<BuildPlan | undefined> {
    if (isTarget(given)) return defaultPlan(this.memory, fileURLToPath(given.dockerfile), given.target);
    return choosePlan(this.memory, given instanceof Uri && given.scheme === 'file' ? given.fsPath : undefined);
  }

  async start(plan: BuildPlan): Promise<BuildOutcome> {
    await workspace.saveAll(false);
    const session = this.session(plan);
    await this.#view().show(session);
    const outcome = await session.outcome;
    if (outcome.kind === 'failed') await this.#showFault(session, outcome.error);
    if (outcome.kind === 'succeeded') this.#app.say(l10n.t('Built {0} in {1}', plan.tags.join(', '), formatSeconds(outcome.seconds)));
    return outcome;
  }

  /** A build without the view: for tasks, which have a terminal. */
  session(plan: BuildPlan): BuildSession {
    const session = new BuildSession(this.#app.connection.engine, plan);
    this.#problems.delete(Uri.file(plan.dockerfile));
    void session.outcome.then((outcome) => this.#finished(session, outcome));
    return session;
  }

  async reveal(plan: BuildPlan, line: number): Promise<TextEditor> {
    const range = new Range(line - 1, 0, line - 1, 0);
    return window.showTextDocument(Uri.file(plan.dockerfile), { selection: range, preview: false });
  }

  async #finished(session: BuildSession, outcome: BuildOutcome): Promise<void> {
    const { plan, progress } = session;
    await this.memory.rememberPlan(plan);
    const document = await workspace.openTextDocument(Uri.file(plan.dockerfile));
    if (outcome.kind === 'succeeded') await this.memory.rememberBuild(outcome.result.imageId, plan, progress.steps, document.getText());
    this.#app.language.setLastBuild(lastBuildOf(session, outcome, (step) => document.getText(toRange(step.range))));
    // Hosts of docker's kind tell nobody of builds.
    const { builds, cache, images } = this.#app.inventory;
    await Promise.all([builds, cache, images].filter((list) => list.state.kind !== 'unknown').map((list) => list.refresh()));
  }

  async #showFault(session: BuildSession, error: unknown): Promise<void> {
    const { message, file, range } = faultOf(session, error);
    const uri = Uri.file(file);
    if (range === undefined) {
      void window.showErrorMessage(message);
      return;
    }
    const problem = new Diagnostic(toRange(range), message, DiagnosticSeverity.Error);
    problem.source = 'caisson build';
    this.#problems.set(uri, [problem]);
    await window.showTextDocument(uri, { selection: new Range(toRange(range).start, toRange(range).start), preview: false });
  }
}

export function toRange({ start, end }: SourceRange): Range {
  return new Range(start.line - 1, start.column - 1, end.line - 1, end.column - 1);
}

function isTarget(value: unknown): value is BuildTarget {
  return typeof value === 'object' && value !== null && 'dockerfile' in value && typeof value.dockerfile === 'string';
}
