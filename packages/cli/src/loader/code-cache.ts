import { mkdirSync, openSync, closeSync, constants, fstatSync, readdirSync, readFileSync, readSync, renameSync, rmSync, statSync, writeFileSync, type BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { Script } from 'node:vm';

type Wrapper = (exports: object, require: NodeJS.Require, module: { exports: object }, filename: string, folder: string) => void;

/**
 * Loads the files of the command line, with what V8 compiled of them when the same command ran before. Node's own compile cache holds
 * what is compiled as a file is loaded, which is the least of it: most functions are compiled when they are first called. What is kept here is
 * made when a command has ended, for each command by itself, so that it has the functions which that command calls and no others.
 *
 * `load` what the command needs, and `save` when it has come to its end. The files load each other by `require` alone. Code that is kept is run: only files of the user's own, which
 * nobody else can write to, are read. One that does not fit (another Node, another build) is made anew; where nothing can be written, all is
 * compiled each time.
 */
export class CodeCache {
  readonly #dist: string;
  readonly #folder: string | undefined;
  readonly #native: NodeJS.Require;
  readonly #modules = new Map<string, { exports: object }>();
  /** What has been compiled anew, by the name to keep it under. */
  readonly #fresh = new Map<string, Script>();

  /** `dist`: where the files are. `folder`: of this command's code. `native` loads what is not in `dist`. */
  constructor(dist: string, folder: string | undefined, native: NodeJS.Require) {
    this.#dist = dist;
    this.#folder = folder;
    this.#native = native;
  }

  /** What a file of `dist` exports; run on first use. */
  load(name: string): object {
    const known = this.#modules.get(name);
    if (known) return known.exports;
    const module = { exports: {} };
    this.#modules.set(name, module);
    const path = join(this.#dist, name);
    const require = Object.assign((id: string): unknown => (/^\.\/[\w-]+\.cjs$/.test(id) ? this.load(id.slice(2)) : this.#native(id)), this.#native);
    this.#compile(name, path)(module.exports, require, module, path, this.#dist);
    return module.exports;
  }

  /** Keeps what has been compiled by now, for the next run of the command. Returns of how many files. */
  save(): number {
    const folder = this.#folder;
    if (folder === undefined || this.#fresh.size === 0) return 0;
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      for (const [kept, script] of this.#fresh) {
        const aside = join(folder, `.${process.pid}`);
        // V8 takes the contents for what it wrote: they have to be whole after a loss of power, too.
        writeFileSync(aside, script.createCachedData(), { mode: 0o600, flush: true });
        renameSync(aside, join(folder, kept));
        const [name = ''] = kept.split('@');
        for (const old of readdirSync(folder)) if (old !== kept && old.startsWith(`${name}@`)) rmSync(join(folder, old), { force: true });
      }
      return this.#fresh.size;
    } catch {
      return 0; // a full disk, say: the next run compiles again
    }
  }

  #compile(name: string, path: string): Wrapper {
    const state = statSync(path, { bigint: true });
    const kept = this.#folder === undefined ? undefined : keptName(name, state);
    const cachedData = kept === undefined ? undefined : readOwn(join(this.#folder ?? '', kept));
    const script = new Script(readWrapped(path, Number(state.size)), {
      filename: path,
      ...(cachedData ? { cachedData } : {}),
    });
    if (kept !== undefined && (!cachedData || script.cachedDataRejected)) this.#fresh.set(kept, script);
    return script.runInThisContext() as Wrapper;
  }
}

const HEAD = '(function(exports,require,module,__filename,__dirname){';
const TAIL = '\n})';

/** The source as a function, put together before it is a string: two of that length would have V8 look for garbage on every start. */
function readWrapped(path: string, size: number): string {
  const whole = Buffer.allocUnsafe(HEAD.length + size + TAIL.length);
  whole.write(HEAD, 'latin1');
  let end = HEAD.length;
  const file = openSync(path, constants.O_RDONLY);
  try {
    for (let read = 1; read > 0 && end < HEAD.length + size; end += read) read = readSync(file, whole, end, HEAD.length + size - end, null);
  } finally {
    closeSync(file);
  }
  end += whole.write(TAIL, end, 'latin1');
  return whole.toString('utf8', 0, end);
}

/** V8 tells a source by its length only: the name says which state of which file it is. */
function keptName(name: string, { ino, size, ctimeNs }: BigIntStats): string {
  return `${name}@${ino.toString(36)}-${size.toString(36)}-${ctimeNs.toString(36)}`;
}

/** A file of this very user that nobody else may write to; undefined for all else. */
function readOwn(path: string): Buffer | undefined {
  let file: number;
  try {
    file = openSync(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  } catch {
    return undefined;
  }
  try {
    const { uid, mode } = fstatSync(file);
    return process.getuid && (uid !== process.geteuid?.() || (mode & 0o022) !== 0) ? undefined : readFileSync(file);
  } finally {
    closeSync(file);
  }
}
