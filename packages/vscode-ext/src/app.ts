import { setTimeout as sleep } from 'node:timers/promises';
import { ProgressLocation, window, type ExtensionContext } from 'vscode';
import type { Engine, EngineEvent } from '@caisson/core';
import type { Connection } from './backend/connection.js';
import { editorConnection } from './backend/editor.js';
import type { Language } from './language/client.js';
import { Inventory } from './state/inventory.js';
import { Emitter } from './util/emitter.js';
import { explain, isCancelled } from './util/errors.js';

/** What all parts of the extension share: the engine, what is known of it, and how to tell the user of a failure. One per window. */
export class App {
  readonly context: ExtensionContext;
  readonly language: Language;
  readonly connection: Connection = editorConnection();
  readonly inventory = new Inventory(this.connection.engine);
  readonly #events = new Emitter<EngineEvent>();
  readonly onEvent = this.#events.event;
  #watching = false;

  constructor(context: ExtensionContext, language: Language) {
    this.context = context;
    this.language = language;
  }

  engine(): Promise<Engine> {
    return this.connection.engine();
  }

  /**
   * Follows the engine's events while it is open. When they end by themselves (a local engine that was killed, a host that was away), they are
   * followed again: after a second, then after ever longer ones.
   */
  async watch(): Promise<void> {
    if (this.#watching) return;
    this.#watching = true;
    for (let pause = 1000; this.connection.state.kind === 'open'; pause = Math.min(2 * pause, 60_000)) {
      const began = Date.now();
      await this.inventory.watch((event) => this.#events.fire(event)).catch(() => this.inventory.unwatch());
      if (Date.now() - began > 60_000) pause = 1000;
      // Not a closed one: that was the user's wish.
      if (this.connection.state.kind !== 'open') break;
      await sleep(pause, undefined, { ref: false });
      if (this.connection.state.kind === 'open') void this.inventory.refreshKnown();
    }
    this.#watching = false;
  }

  /** Runs what the user asked for, and tells of a failure where one is. */
  async attempt<T>(what: () => Promise<T>): Promise<T | undefined> {
    try {
      return await what();
    } catch (error) {
      if (!isCancelled(error)) void window.showErrorMessage(explain(error));
      return undefined;
    }
  }

  /** As `attempt`, with a notification while it takes, from which it can be cancelled. */
  async withProgress<T>(title: string, what: (report: (message: string) => void, signal: AbortSignal) => Promise<T>): Promise<T | undefined> {
    return window.withProgress({ location: ProgressLocation.Notification, title, cancellable: true }, async (progress, token) => {
      const controller = new AbortController();
      token.onCancellationRequested(() => controller.abort());
      return this.attempt(() => what((message) => progress.report({ message }), controller.signal));
    });
  }

  /** Asks before something that cannot be undone. */
  async confirm(question: string, action: string, detail?: string): Promise<boolean> {
    const answer = await window.showWarningMessage(question, { modal: true, ...(detail === undefined ? {} : { detail }) }, action);
    return answer === action;
  }

  /** A line that goes by itself. */
  say(message: string): void {
    window.setStatusBarMessage(`$(check) ${message}`, 5000);
  }

  async close(): Promise<void> {
    this.inventory.reset();
    await this.connection.close();
  }

  /** Everything begins anew, since the backend has another setting or the user wants it so. */
  async reopen(said: string): Promise<void> {
    await this.close();
    this.say(said);
  }
}
