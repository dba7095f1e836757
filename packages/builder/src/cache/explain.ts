import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { sha256, type Digest, type MissReason, type StateDatabase } from '@caisson/core';

/** All that decides on a step's cache key, in parts that can be named to people. */
export interface StepInputs {
  /** As written, after expansion. */
  readonly instruction: string;
  /** ChainID of the layers below. */
  readonly parent: string;
  /** What the stage began with (`debian:12@sha256:...`), where the layers below are that, untouched. */
  readonly onBase: string | undefined;
  /** Variables that the step sees. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Stages and images that it takes files from, with their ChainIDs. */
  readonly sources?: Readonly<Record<string, string>>;
  /** Files of contexts that it takes, as `fileStates` lists them. Asked for only when there is something to compare. */
  readonly files?: () => Buffer;
  /** Network, dates, hosts. */
  readonly settings?: string;
  /** Made without having read the base's layers. */
  readonly guessed?: boolean;
}

interface Noted {
  readonly key: Digest;
  readonly instruction: string;
  readonly parent: string;
  readonly onBase?: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly sources: Readonly<Record<string, string>>;
  readonly settings: string;
  readonly guessed?: boolean;
}

const maxChanges = 100;

/**
 * Notes what each step of a target was made from, and tells on a miss what has changed since. Values of variables are kept as hashes.
 * Lists of files lie in files of their own, since they may be long.
 */
export class Explainer {
  readonly #db: StateDatabase;
  readonly #folder: string;
  readonly #target: string;

  /** `target` names what is built, the same each time: context, Dockerfile, stage, platform. */
  constructor(db: StateDatabase, cacheFolder: string, target: string) {
    this.#db = db;
    this.#folder = join(cacheFolder, 'inputs');
    this.#target = sha256(target).slice('sha256:'.length);
  }

  reason(step: string, inputs: StepInputs): MissReason {
    const before = this.#before(step);
    if (!before) return { kind: 'first-build', text: 'it has not been built here before', changes: [] };
    if (before.instruction !== inputs.instruction) return { kind: 'instruction', text: `the instruction was ${shorten(before.instruction)}`, changes: [] };
    const variables = compareRecords(before.variables, hashed(inputs.variables));
    if (variables.length > 0) return because('variables', variables);
    const files = inputs.files ? compareLists(this.#readFiles(step), inputs.files()) : [];
    if (files.length > 0) return because('files', files);
    const sources = compareRecords(before.sources, inputs.sources ?? {});
    if (sources.length > 0) return because('other-stage', sources);
    if (before.parent !== inputs.parent)
      return inputs.onBase !== undefined ? otherBase(before.onBase, inputs.onBase) : { kind: 'parent', text: 'the step before it made another layer', changes: [] };
    if (before.settings !== (inputs.settings ?? '')) return { kind: 'settings', text: 'the network, the dates or other settings of the build changed', changes: [] };
    if (before.guessed && !inputs.guessed) return { kind: 'settings', text: "the base's layers, which it was made without, are here now", changes: [] };
    return { kind: 'gone', text: 'its result is not in the cache any more', changes: [] };
  }

  /** Notes a step that has its result. */
  note(step: string, key: Digest, inputs: StepInputs): void {
    if (this.#before(step)?.key === key) return;
    const noted: Noted = {
      key,
      instruction: inputs.instruction,
      parent: inputs.parent,
      ...(inputs.onBase === undefined ? {} : { onBase: inputs.onBase }),
      variables: hashed(inputs.variables),
      sources: inputs.sources ?? {},
      settings: inputs.settings ?? '',
      ...(inputs.guessed ? { guessed: true } : {}),
    };
    this.#db.run(
      'INSERT INTO build_inputs (target, step, inputs, used) VALUES (?1, ?2, ?3, ?4) ON CONFLICT (target, step) DO UPDATE SET inputs = ?3, used = ?4',
      this.#target,
      step,
      JSON.stringify(noted),
      Date.now(),
    );
    if (inputs.files) this.#writeFiles(step, inputs.files());
  }

  /** What the step's result was kept under when it was last built. */
  keyBefore(step: string): Digest | undefined {
    return this.#before(step)?.key;
  }

  #before(step: string): Noted | undefined {
    const row = this.#db.get<{ inputs: string }>('SELECT inputs FROM build_inputs WHERE target = ? AND step = ?', this.#target, step);
    return row && (JSON.parse(row.inputs) as Noted);
  }

  #filesPath(step: string): string {
    return join(this.#folder, sha256(`${this.#target} ${step}`).slice('sha256:'.length));
  }

  #readFiles(step: string): Buffer {
    try {
      const list = zstdDecompressSync(readFileSync(this.#filesPath(step)));
      if (list.at(-1) === lineEnd) return list;
    } catch {
      // Not noted, or thrown away: nothing to compare with.
    }
    return Buffer.alloc(0);
  }

  #writeFiles(step: string, files: Buffer): void {
    const path = this.#filesPath(step);
    const aside = `${path}.${process.pid}.tmp`;
    try {
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      writeFileSync(aside, zstdCompressSync(files), { mode: 0o600 });
      renameSync(aside, path);
    } catch {
      rmSync(aside, { force: true });
    }
  }
}

function hashed(variables: Readonly<Record<string, string>> = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, sha256(value).slice('sha256:'.length, 'sha256:'.length + 24)]));
}

/** What differs between two lists of files: only the lines between their common beginning and end are taken apart. */
function compareLists(before: Buffer, now: Buffer): MissReason['changes'][number][] {
  const shorter = Math.min(before.length, now.length);
  let start = 0;
  while (start < shorter && before[start] === now[start]) start++;
  start = start === 0 ? 0 : now.lastIndexOf(lineEnd, start - 1) + 1;
  let end = 0;
  while (end < shorter - start && before[before.length - 1 - end] === now[now.length - 1 - end]) end++;
  // To the end of the line that it begins in.
  const tail = end === 0 ? 0 : end - 1 - now.subarray(now.length - end).indexOf(lineEnd);
  return compareMaps(byPath(before.subarray(start, before.length - tail)), byPath(now.subarray(start, now.length - tail)));
}

const lineEnd = 10;

function byPath(list: Buffer): Map<string, string> {
  return new Map(list.toString('utf8').split('\n').slice(0, -1).map((line) => line.split('\0', 2) as [string, string]));
}

function compareRecords(before: Readonly<Record<string, string>>, now: Readonly<Record<string, string>>): MissReason['changes'][number][] {
  return compareMaps(new Map(Object.entries(before)), new Map(Object.entries(now)));
}

function compareMaps(before: ReadonlyMap<string, string>, now: ReadonlyMap<string, string>): MissReason['changes'][number][] {
  const changes: MissReason['changes'][number][] = [];
  for (const [what, state] of now) {
    const was = before.get(what);
    if (was !== state) changes.push({ what, how: was === undefined ? 'added' : 'changed' });
  }
  for (const what of before.keys()) if (!now.has(what)) changes.push({ what, how: 'removed' });
  return changes;
}

const nouns = { variables: 'variables', files: 'files', 'other-stage': 'sources' } as const;

function because(kind: keyof typeof nouns, changes: readonly MissReason['changes'][number][]): MissReason {
  const [first] = changes;
  const text = changes.length === 1 && first ? `${first.what} ${first.how === 'changed' ? 'changed' : `was ${first.how}`}` : `${changes.length} ${nouns[kind]} changed, ${first?.what ?? ''} first`;
  return { kind, text, changes: changes.slice(0, maxChanges) };
}

/** Digests are cut to what people tell them apart by. */
function otherBase(before: string | undefined, now: string): MissReason {
  const short = (text: string) => text.replace(/@sha256:([0-9a-f]{12}).*/, '@$1');
  const text = before === now ? `${now} came out otherwise` : `the base is ${short(now)} now${before === undefined ? '' : `, and was ${short(before)}`}`;
  return { kind: 'base', text, changes: [{ what: now, how: 'changed' }] };
}

function shorten(text: string): string {
  const line = text.split('\n')[0] ?? '';
  return line.length > 100 ? `${line.slice(0, 97)}...` : line;
}
