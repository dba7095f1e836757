import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerRecord } from '../containers/record.js';
import type { LogConnection, LogDriver } from './driver.js';
import type { LogFolder } from './log-folder.js';
import { readBatches } from './read-log.js';
import { logStart, type LogPosition } from './seek.js';
import { logSource } from './settings.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 30_000;
/** After the exit, a receiver that does not answer is given this long. */
const LAST_PATIENCE_MS = 10_000;

/**
 * Sends what a container writes to a driver, from the place on that was reached last. The place is written down after each batch: an entry is
 * sent once, or again when somebody was killed in between.
 */
export class LogShipper {
  readonly #folder: LogFolder;
  readonly #driver: LogDriver;
  readonly #container: ContainerRecord;

  constructor(folder: LogFolder, driver: LogDriver, container: ContainerRecord) {
    this.#folder = folder;
    this.#driver = driver;
    this.#container = container;
  }

  /** Until `ended` has resolved and all is sent, or the signal comes. */
  async run(ended: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const giveUp = new AbortController();
    let timer: NodeJS.Timeout | undefined;
    let over = false;
    void ended.then(() => {
      over = true;
      timer = setTimeout(() => giveUp.abort(), LAST_PATIENCE_MS);
    });
    const stop = AbortSignal.any([signal, giveUp.signal]);
    try {
      for (let pause = FIRST_PAUSE_MS; !stop.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
        const before = this.#reached();
        try {
          await this.#ship(ended, stop);
          return;
        } catch {
          // The receiver is away. What could not be sent stays in the files, as far as they are kept.
        }
        const now = this.#reached();
        if (now.sequence !== before.sequence || now.offset !== before.offset) pause = FIRST_PAUSE_MS;
        await sleep(over ? Math.min(pause, 1000) : pause, undefined, { signal: stop }).catch(() => {});
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #ship(ended: Promise<unknown>, signal: AbortSignal): Promise<void> {
    const source = logSource(this.#container);
    let connection: LogConnection | undefined;
    try {
      connection = await this.#driver.open(source, this.#container.options.logOptions ?? {}, signal);
      for await (const { entries, next } of readBatches(this.#folder, this.#reached(), { follow: true, signal }, ended)) {
        if (entries.length > 0) await connection.write(entries);
        this.#remember(next);
      }
    } finally {
      await connection?.[Symbol.asyncDispose]();
    }
  }

  get #notes(): string {
    return join(this.#folder.path, 'log-sent');
  }

  #reached(): LogPosition {
    try {
      return JSON.parse(readFileSync(this.#notes, 'utf8')) as LogPosition;
    } catch {
      return logStart; // nothing has been sent yet
    }
  }

  #remember(position: LogPosition): void {
    try {
      writeFileSync(`${this.#notes}.new`, JSON.stringify(position), { mode: 0o600 });
      renameSync(`${this.#notes}.new`, this.#notes);
    } catch {
      // The container is being removed, or the disk is full: at worst entries are sent twice.
    }
  }
}
