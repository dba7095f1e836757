import { createHash, randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync, statSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Contexts of clients that are kept beside those in use, and for how long. */
const kept = 16;
const keptMilliseconds = 7 * 24 * 3600 * 1000;

/** A folder for one build. Disposing gives it back: what is to be kept stays for the client's next build. */
export interface ContextFolder extends Disposable {
  readonly path: string;
}

/**
 * Where the files of clients' contexts are put. A client that builds the same folder again has only what changed sent; what nobody has used
 * for a week goes. One daemon at a time has the folder.
 */
export class ContextFolders {
  readonly #root: string;
  readonly #used = new Set<string>();
  #swept = false;

  constructor(dataRoot: string | undefined) {
    this.#root = dataRoot === undefined ? join(tmpdir(), `caisson-contexts-${process.getuid?.() ?? 0}-${process.pid}`) : join(dataRoot, 'contexts');
  }

  /** @param sharedKey what the client calls the folder; empty for one that is not kept */
  take(sharedKey: string): ContextFolder {
    this.#sweepOnce();
    const name = `kept-${createHash('sha256').update(sharedKey).digest('hex').slice(0, 32)}`;
    if (sharedKey === '' || this.#used.has(name)) return this.#passing();
    this.#used.add(name);
    const path = join(this.#root, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return {
      path,
      [Symbol.dispose]: () => {
        this.#used.delete(name);
        const now = new Date();
        utimesSync(path, now, now);
        this.prune({ keep: kept, before: new Date(Date.now() - keptMilliseconds) });
      },
    };
  }

  #passing(): ContextFolder {
    const path = join(this.#root, `passing-${randomUUID()}`);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
  }

  /** Forgets what no build uses now: all but the `keep` most recent ones, and those last used before a time. */
  prune({ keep = 0, before }: { readonly keep?: number; readonly before?: Date } = {}): void {
    const idle = this.#names()
      .filter((name) => name.startsWith('kept-') && !this.#used.has(name))
      .map((name) => ({ path: join(this.#root, name), time: statSync(join(this.#root, name)).mtimeMs }))
      .sort((a, b) => b.time - a.time);
    for (const [place, { path, time }] of idle.entries()) if (place >= keep || (before !== undefined && time < before.getTime())) rmSync(path, { recursive: true, force: true });
  }

  /** What a daemon that was killed left behind. */
  #sweepOnce(): void {
    if (this.#swept) return;
    this.#swept = true;
    for (const name of this.#names()) if (name.startsWith('passing-')) rmSync(join(this.#root, name), { recursive: true, force: true });
  }

  #names(): string[] {
    mkdirSync(this.#root, { recursive: true, mode: 0o700 });
    return readdirSync(this.#root);
  }
}
