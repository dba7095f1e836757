import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { systemCode } from '../../errors.js';
import type { LogFolder } from './log-folder.js';
import type { LogSettings } from './settings.js';
import { watchFolder, type FolderChanges } from './watch-folder.js';

/** A busy log is looked at this often at most. */
const PAUSE_MS = 100;
/** The monitor takes milliseconds to open its new file. */
const REOPEN_MS = 1000;

/**
 * Rotates one container's log while it runs. The monitor writes on into the renamed file until it has opened its new one, so that no line is lost;
 * only when the new one is there is the old one compressed or dropped. Whatever was cut short is completed by the next keeper.
 */
export class LogKeeper {
  readonly #folder: LogFolder;
  readonly #settings: LogSettings;
  readonly #reopen: () => void;

  /** @param reopen has the monitor go on in a new file */
  constructor(folder: LogFolder, settings: LogSettings, reopen: () => void) {
    this.#folder = folder;
    this.#settings = settings;
    this.#reopen = reopen;
  }

  async run(signal: AbortSignal): Promise<void> {
    const changes = watchFolder(this.#folder.path, { signal });
    try {
      for (const path of this.#folder.halfWritten()) rmSync(path, { force: true });
      await this.#completeCutShort(changes);
      while (!changes.isOver()) {
        this.#rotate();
        if (this.#folder.hasCurrent()) await this.#settle();
        await changes.next();
        await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      }
      if (this.#folder.hasCurrent()) await this.#settle();
    } finally {
      changes.close();
    }
  }

  /**
   * Where the log has been renamed and there is no new one, whoever renamed it was killed before it could say so, or has only just said so.
   * To say it twice would empty the new file: the monitor is given time first.
   */
  async #completeCutShort(changes: FolderChanges): Promise<void> {
    const renamed = () => !this.#folder.hasCurrent() && this.#folder.lastRotated() > 0;
    if (!renamed()) return;
    const timer = setTimeout(() => changes.wake(), REOPEN_MS);
    for (const until = Date.now() + REOPEN_MS; renamed() && Date.now() < until && !changes.isOver(); ) await changes.next();
    clearTimeout(timer);
    if (renamed()) this.#reopen();
  }

  #rotate(): void {
    const { current } = this.#folder;
    const size = statSync(current, { throwIfNoEntry: false })?.size;
    if (size === undefined || size < (this.#settings.maxSize ?? Infinity)) return;
    renameSync(current, `${current}.${this.#folder.lastRotated() + 1}`);
    this.#reopen();
  }

  /** Drops what is too many, and compresses the rest. */
  async #settle(): Promise<void> {
    const rotated = this.#folder.rotated();
    const dropped = rotated.splice(0, Math.max(0, rotated.length - (this.#settings.maxFiles - 1)));
    for (const { sequence } of dropped) for (const end of ['', '.gz']) rmSync(`${this.#folder.current}.${sequence}${end}`, { force: true });
    if (!this.#settings.compress) return;
    for (const { path, compressed } of rotated) if (!compressed) await compress(path);
  }
}

async function compress(path: string): Promise<void> {
  const part = `${path}.gz.part`;
  try {
    await pipeline(createReadStream(path), process.getBuiltinModule('node:zlib').createGzip({ level: 1 }), createWriteStream(part, { mode: 0o600 }));
    renameSync(part, `${path}.gz`);
    rmSync(path, { force: true });
  } catch (error) {
    rmSync(part, { force: true });
    // Without room for it the plain file stays: it is dropped in its turn.
    if (!['ENOENT', 'ENOSPC'].includes(systemCode(error) ?? '')) throw error;
  }
}
