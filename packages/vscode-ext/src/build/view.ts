import { commands, l10n, window, type Webview, type WebviewView, type WebviewViewProvider } from 'vscode';
import type { App } from '../app.js';
import { explain } from '../util/errors.js';
import { setPage } from '../webview-host.js';
import type { FromBuildView, ToBuildView } from './messages.js';
import type { ProgressChange } from './progress.js';
import type { BuildOutcome, BuildSession } from './session.js';

/** How long changes are gathered before the page is told, in milliseconds. */
const pause = 30;

export interface BuildViewActions {
  again(session: BuildSession): void;
  run(imageId: string, session: BuildSession): void;
  layers(imageId: string): void;
  reveal(session: BuildSession, line: number): void;
}

/** The view of the panel with the latest build: its steps, what they print, why each was not in the cache. */
export class BuildView implements WebviewViewProvider {
  readonly #app: App;
  readonly #actions: BuildViewActions;
  #webview: Webview | undefined;
  #session: BuildSession | undefined;
  #outcome: BuildOutcome | undefined;
  #waiting: ProgressChange[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(app: App, actions: BuildViewActions) {
    this.#app = app;
    this.#actions = actions;
    app.context.subscriptions.push(window.registerWebviewViewProvider('caisson.build', this, { webviewOptions: { retainContextWhenHidden: true } }));
  }

  resolveWebviewView(view: WebviewView): void {
    this.#webview = view.webview;
    view.webview.onDidReceiveMessage((message: FromBuildView) => this.#take(message));
    view.onDidDispose(() => (this.#webview = undefined));
    setPage(this.#app.context, view.webview, { name: 'build', title: l10n.t('Build'), strings: strings() });
  }

  /** Shows this build from now on. */
  async show(session: BuildSession): Promise<void> {
    this.#session = session;
    this.#outcome = undefined;
    this.#waiting = [];
    this.#begin(session);
    session.onChange((change) => this.#queue(session, change));
    void session.outcome.then((outcome) => this.#end(session, outcome));
    await commands.executeCommand('caisson.build.focus');
  }

  #begin(session: BuildSession): void {
    this.#tell({ kind: 'begin', plan: session.plan, started: session.started, stages: session.progress.stages, log: session.log });
  }

  #queue(session: BuildSession, change: ProgressChange): void {
    if (session !== this.#session) return;
    this.#waiting.push(change);
    this.#timer ??= setTimeout(() => this.#flush(), pause);
  }

  #flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#tell({ kind: 'changes', changes: this.#waiting });
    this.#waiting = [];
  }

  #end(session: BuildSession, outcome: BuildOutcome): void {
    if (session !== this.#session) return;
    this.#outcome = outcome;
    this.#flush();
    const message = outcome.kind === 'failed' ? explain(outcome.error) : outcome.kind === 'cancelled' ? l10n.t('Cancelled') : session.plan.tags.join(', ');
    this.#tell({ kind: 'end', outcome: outcome.kind, seconds: outcome.seconds, message, ...(outcome.kind === 'succeeded' ? { imageId: outcome.result.imageId } : {}) });
  }

  #tell(message: ToBuildView): void {
    void this.#webview?.postMessage(message);
  }

  #take(message: FromBuildView): void {
    const session = this.#session;
    const outcome = this.#outcome;
    if (session === undefined) return;
    switch (message.kind) {
      case 'ready':
        this.#begin(session);
        if (outcome !== undefined) this.#end(session, outcome);
        return;
      case 'cancel':
        return session.cancel();
      case 'again':
        return this.#actions.again(session);
      case 'reveal':
        return this.#actions.reveal(session, message.line);
      case 'run':
        if (outcome?.kind === 'succeeded') this.#actions.run(outcome.result.imageId, session);
        return;
      case 'layers':
        if (outcome?.kind === 'succeeded') this.#actions.layers(outcome.result.imageId);
        return;
    }
  }
}

function strings(): Readonly<Record<string, string>> {
  return {
    nothing: l10n.t('No build yet. Build a Dockerfile with the lens above its FROM, or with «Caisson: Build Image».'),
    cancel: l10n.t('Cancel'),
    again: l10n.t('Build again'),
    run: l10n.t('Run…'),
    layers: l10n.t('Layers'),
    cached: l10n.t('cached'),
    running: l10n.t('running'),
    waiting: l10n.t('waiting'),
    done: l10n.t('done'),
    failed: l10n.t('failed'),
    skipped: l10n.t('not needed'),
    succeeded: l10n.t('Built'),
    cancelled: l10n.t('Cancelled'),
    building: l10n.t('Building'),
    output: l10n.t('Output'),
    steps: l10n.t('Steps'),
    line: l10n.t('Line {0}'),
    stage: l10n.t('Stage {0}'),
    noOutput: l10n.t('No output'),
  };
}
