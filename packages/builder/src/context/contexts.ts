import { lstatSync, readFileSync } from 'node:fs';
import { basename, dirname, isAbsolute, join, relative, resolve } from 'node:path';
import { CaissonError, fromSystemError, sha256, systemCode, type BuildRequest, type DockerfileText } from '@caisson/core';
import { FilteredSource } from '../source/filtered.js';
import type { SourceTree } from '../source/source-tree.js';
import { ContextTree } from './context-tree.js';
import { DigestCache } from './digest-cache.js';
import { ignoreNothing } from './ignore-filter.js';
import { openStream, openUrl, readTreeFile, type ContextParts, type OpenedContext } from './opened-context.js';
import { ignoreFilter, readIgnoreFile, type IgnoreFile } from './read-ignore-file.js';
import { WalkRecords } from './walk-records.js';

const maxDockerfile = 4 * 1024 * 1024;

/**
 * Where a build's files come from: its context and the folders that it names beside it. Each is opened when a step first asks for it.
 * What is learnt of the files is kept for the next build by `save`.
 */
export class Contexts {
  readonly #parts: ContextParts;
  readonly #request: BuildRequest;
  readonly #folders = new Map<string, Promise<SourceTree>>();
  readonly #urls = new Map<string, Promise<SourceTree>>();
  readonly #digests = new Map<string, DigestCache>();
  #dockerfile: Promise<DockerfileText> | undefined;
  /** The Dockerfile's place on the host, once it is known. */
  #dockerfilePath: string | undefined;
  #opened: Promise<OpenedContext> | undefined;
  #main: Promise<SourceTree> | undefined;

  constructor(parts: ContextParts) {
    this.#parts = parts;
    this.#request = parts.request;
  }

  /** @throws CaissonError `not-found` that names the file and where it was looked for */
  dockerfile(): Promise<DockerfileText> {
    return (this.#dockerfile ??= this.#readDockerfile());
  }

  /** The build context, without what `.dockerignore` leaves out. */
  main(): Promise<SourceTree> {
    return (this.#main ??= this.#openMain());
  }

  async #openMain(): Promise<SourceTree> {
    const { context } = this.#request;
    if (context.kind === 'folder') {
      await context.fill?.(this.#parts.signal);
      return this.folder(context.path, 'the build context');
    }
    const opened = await this.#fetched();
    if (!opened || !('tree' in opened)) throw new CaissonError('invalid-argument', 'this build has no context to copy from', { hint: 'give a folder: caisson build -f Dockerfile .' });
    const { dockerfile } = this.#request;
    const own = dockerfile && 'path' in dockerfile ? await readTreeFile(opened.tree, `${dockerfile.path}.dockerignore`, this.#parts.signal) : undefined;
    const text = own ?? (await readTreeFile(opened.tree, '.dockerignore', this.#parts.signal));
    return new FilteredSource('the build context', opened.tree, text === undefined ? ignoreNothing : ignoreFilter(text, '.dockerignore'));
  }

  /** A context that is not a folder here; undefined for none at all. */
  #fetched(): Promise<OpenedContext> | undefined {
    const { context } = this.#request;
    if (context.kind === 'stream') return (this.#opened ??= openStream(this.#parts, context.stream));
    if (context.kind === 'url') return (this.#opened ??= openUrl(this.#parts, context.url));
    return undefined;
  }

  /** A named context: a folder of the host, a git repository, an archive of the web. */
  named(name: string, source: string): Promise<SourceTree> {
    if (!/^(?:[a-z][a-z0-9+.-]*:\/\/|git@)/i.test(source)) return this.folder(source, `the context ${name}`);
    let tree = this.#urls.get(source);
    if (!tree) {
      const open = async () => {
        const opened = await openUrl(this.#parts, source);
        if (!('tree' in opened)) throw new CaissonError('invalid-content', `the context ${name} is no archive`);
        return new FilteredSource(`the context ${name}`, opened.tree, ignoreNothing);
      };
      this.#urls.set(source, (tree = open()));
    }
    return tree;
  }

  /** A folder of the host; its own `.dockerignore` counts. */
  folder(path: string, name: string): Promise<SourceTree> {
    const folder = resolve(path);
    let tree = this.#folders.get(folder);
    if (!tree) this.#folders.set(folder, (tree = Promise.resolve().then(() => this.#open(folder, name))));
    return tree;
  }

  save(): void {
    for (const digests of this.#digests.values()) digests.save();
  }

  #open(folder: string, name: string): ContextTree {
    const { cacheFolder } = this.#parts.host;
    const digests = (): DigestCache => {
      let known = this.#digests.get(folder);
      if (!known) this.#digests.set(folder, (known = DigestCache.load(join(cacheFolder, 'contexts', sha256(folder).slice('sha256:'.length, 39)))));
      return known;
    };
    const { filter, text } = this.#ignoreFor(folder);
    return new ContextTree(folder, { name, ignore: filter, memory: { digests, walks: new WalkRecords(join(cacheFolder, 'walks')), ignore: text } });
  }

  /** `NAME.dockerignore` beside a Dockerfile NAME takes the place of the context's. */
  #ignoreFor(folder: string): IgnoreFile {
    const { context } = this.#request;
    const isContext = context.kind === 'folder' && resolve(context.path) === folder;
    if (isContext && context.fill) return { filter: ignoreNothing, text: '' };
    const own = isContext && this.#dockerfilePath !== undefined ? readIgnoreFile(`${this.#dockerfilePath}.dockerignore`) : undefined;
    return own ?? readIgnoreFile(join(folder, '.dockerignore')) ?? { filter: ignoreNothing, text: '' };
  }

  async #readDockerfile(): Promise<DockerfileText> {
    const { context, dockerfile } = this.#request;
    if (dockerfile && 'text' in dockerfile) return dockerfile;
    const opened = await this.#fetched();
    if (opened && 'dockerfile' in opened) return { text: opened.dockerfile, name: 'Dockerfile' };
    if (opened) {
      const path = dockerfile?.path ?? 'Dockerfile';
      const text = await readTreeFile(opened.tree, path, this.#parts.signal);
      if (text === undefined) throw new CaissonError('not-found', `there is no ${path} in the build context`, { hint: 'name the Dockerfile with -f FILE' });
      return { text, name: path };
    }
    const path = dockerfile ? resolve(dockerfile.path) : context.kind === 'folder' ? resolve(context.path, 'Dockerfile') : undefined;
    if (path === undefined) throw new CaissonError('invalid-argument', 'this build has no Dockerfile', { hint: 'name one with -f' });
    this.#dockerfilePath = path;
    return { text: readText(path, context.kind === 'folder' ? context.path : undefined), name: shownName(path), path };
  }
}

function readText(path: string, context: string | undefined): string {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') {
      if (context !== undefined && !lstatSync(context, { throwIfNoEntry: false })) throw new CaissonError('not-found', `there is no folder ${context} to build from`, { cause: error, hint: 'give the folder of the build last: caisson build -t NAME FOLDER' });
      const inContext = context !== undefined && dirname(path) === resolve(context);
      throw new CaissonError('not-found', inContext ? `there is no ${basename(path)} in ${context}` : `there is no file ${path}`, {
        cause: error,
        hint: 'name the Dockerfile with -f FILE',
      });
    }
    if (systemCode(error) === 'EISDIR') throw new CaissonError('invalid-argument', `${path} is a folder, not a Dockerfile`, { cause: error });
    throw fromSystemError(error, `reading ${path}`);
  }
  if (bytes.length > maxDockerfile) throw new CaissonError('limit-exceeded', `${path} is larger than ${maxDockerfile} bytes`);
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new CaissonError('invalid-content', `${path} is not UTF-8 text`, { cause });
  }
}

/** Relative to where the user stands, unless that is far away. */
function shownName(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') || isAbsolute(short) ? path : short;
}
