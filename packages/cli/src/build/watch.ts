import { readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { watch } from 'chokidar';
import { CaissonError, type BuildRequest } from '@caisson/core';
import type { Cli } from '../cli.js';
import { reportError } from '../output/errors.js';

/** Milliseconds of quiet after a change, as editors and checkouts write several files. */
const settle = 150;

/**
 * Builds, and builds again whenever a file changes that the build may read, until the command is interrupted. A build that is under way
 * then is out of date, and is cancelled. One that fails is reported; the next change tries again.
 *
 * @throws CaissonError `invalid-argument` where the context is no folder
 */
export async function watchBuild(cli: Cli, request: BuildRequest, build: (signal: AbortSignal) => Promise<void>): Promise<void> {
  if (request.context.kind !== 'folder') throw new CaissonError('invalid-argument', '--watch needs a folder as the context');
  const folder = resolve(request.context.path);
  const { path: dockerfile } = await cli.local.dockerfile(request, { signal: cli.signal });
  const others = Object.values(request.namedContexts ?? {}).filter((source) => !/^[a-z][a-z0-9+.-]*:\/\//i.test(source)).map((source) => resolve(source));
  const ignored = await ignores(folder, dockerfile);
  const watcher = watch([folder, ...(dockerfile ? [dockerfile] : []), ...others], { ignored: (path) => path !== dockerfile && ignored(path), ignoreInitial: true, persistent: true });
  const changes = new Changes();
  watcher.on('all', (_, path) => changes.add(relative(folder, path)));
  watcher.on('error', (error) => process.stderr.write(`caisson: watching ${folder}: ${error instanceof Error ? error.message : String(error)}\n`));
  cli.signal.addEventListener('abort', () => changes.end());
  try {
    await new Promise<void>((ready) => watcher.once('ready', ready));
    while (!cli.signal.aborted) {
      const outdated = new AbortController();
      const cancel = () => outdated.abort(new CaissonError('cancelled', 'files have changed'));
      const building = build(AbortSignal.any([outdated.signal, cli.signal])).catch((error: unknown) => {
        if (!outdated.signal.aborted && !cli.signal.aborted) reportError(error);
      });
      void building.then(() => {
        if (!outdated.signal.aborted && !cli.signal.aborted) process.stderr.write('Watching for changes; ctrl-c ends it.\n');
      });
      const names = await changes.next(settle);
      cancel();
      await building;
      if (names.length > 0) process.stderr.write(`\n${names.slice(0, 3).join(', ')}${names.length > 3 ? ` and ${names.length - 3} more` : ''} changed\n`);
    }
  } finally {
    await watcher.close();
  }
}

/** What the ignore file leaves out of the context is not watched either. */
async function ignores(folder: string, dockerfile: string | undefined): Promise<(path: string) => boolean> {
  const { parseIgnore } = await import('../lint-engine.js');
  const text = [...(dockerfile ? [`${dockerfile}.dockerignore`] : []), join(folder, '.dockerignore')].map(read).find((found) => found !== undefined);
  if (text === undefined) return () => false;
  const matcher = parseIgnore(text);
  return (path) => {
    const name = relative(folder, path);
    if (name === '' || name.startsWith('..')) return false;
    return matcher.ignores(name) && !(dockerfile && dirname(dockerfile).startsWith(path));
  };
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Names of files that have changed, handed out when no more come. */
class Changes {
  readonly #names = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;
  #quiet = 0;
  #ended = false;

  add(name: string): void {
    this.#names.add(name);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#wake?.(), this.#quiet);
  }

  end(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#wake?.();
  }

  /** Resolves `quiet` milliseconds after the last change; with none when it has ended. */
  async next(quiet: number): Promise<readonly string[]> {
    this.#quiet = quiet;
    await new Promise<void>((wake) => {
      this.#wake = wake;
      if (this.#ended) wake();
      else if (this.#names.size > 0) this.#timer = setTimeout(wake, quiet);
    });
    this.#wake = undefined;
    const names = [...this.#names].sort();
    this.#names.clear();
    return names;
  }
}
