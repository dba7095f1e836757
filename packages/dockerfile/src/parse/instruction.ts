import type { Arg, Comment, Flag, Heredoc, InstructionBase } from '../ast.js';
import type { Instruction, InstructionKind } from '../instructions.js';
import type { Problem } from '../source.js';
import { suggest } from '../suggest.js';
import { takeFlags } from './flags.js';
import { readFlags, report, type Head } from './head.js';
import { notStrings, readCmd, readEntrypoint, readHealthcheck, readRun, readShell } from './kinds/commands.js';
import { readAdd, readCopy } from './kinds/files.js';
import { readArg, readPairs } from './kinds/pairs.js';
import { readExpose, readFrom, readMaintainer, readStopSignal, readUser, readVolume, readWorkdir } from './kinds/plain.js';
import type { LogicalLine } from './logical-line.js';
import { isBlank, skipSpace, trimEndIndex } from './space.js';
import { parseJsonArray, splitBlank, splitQuoted } from './words.js';

/** How the arguments are cut, and what makes the typed instruction of them. */
interface Form {
  readonly kind: InstructionKind;
  readonly cut: 'whole' | 'blank' | 'quoted' | 'json-or-whole' | 'json-or-blank' | 'none';
  readonly read: (head: Head) => Instruction | undefined;
}

const forms: ReadonlyMap<string, Form> = new Map(Object.entries<Form>({
  ADD: { kind: 'add', cut: 'json-or-blank', read: readAdd },
  ARG: { kind: 'arg', cut: 'quoted', read: readArg },
  CMD: { kind: 'cmd', cut: 'json-or-whole', read: readCmd },
  COPY: { kind: 'copy', cut: 'json-or-blank', read: readCopy },
  ENTRYPOINT: { kind: 'entrypoint', cut: 'json-or-whole', read: readEntrypoint },
  ENV: { kind: 'env', cut: 'quoted', read: readPairs },
  EXPOSE: { kind: 'expose', cut: 'blank', read: readExpose },
  FROM: { kind: 'from', cut: 'blank', read: readFrom },
  HEALTHCHECK: { kind: 'healthcheck', cut: 'whole', read: readHealthcheck },
  LABEL: { kind: 'label', cut: 'quoted', read: readPairs },
  MAINTAINER: { kind: 'maintainer', cut: 'whole', read: readMaintainer },
  ONBUILD: { kind: 'onbuild', cut: 'none', read: () => undefined },
  RUN: { kind: 'run', cut: 'json-or-whole', read: readRun },
  SHELL: { kind: 'shell', cut: 'json-or-whole', read: readShell },
  STOPSIGNAL: { kind: 'stopsignal', cut: 'whole', read: readStopSignal },
  USER: { kind: 'user', cut: 'whole', read: readUser },
  VOLUME: { kind: 'volume', cut: 'json-or-blank', read: readVolume },
  WORKDIR: { kind: 'workdir', cut: 'whole', read: readWorkdir },
}));

/** Every instruction's name, in upper case. */
export const instructionNames: readonly string[] = [...forms.keys()];

/** In a file with more, nobody reads the suggestions, which cost more than the rest of parsing. */
const manyProblems = 200;

/** What is known of an instruction before its heredoc bodies are read. */
export interface Opening {
  readonly name: string;
  readonly keyword: Arg;
  readonly start: number;
  readonly flags: readonly Flag[];
  readonly from: number;
  readonly to: number;
  readonly args: readonly Arg[] | 'not-strings';
  readonly json: boolean;
  /** The instruction inside ONBUILD. */
  readonly inner: Opening | undefined;
}

/** Cuts a logical line into keyword, flags and arguments, starting at `at`; `nested` inside ONBUILD. */
export function openInstruction(line: LogicalLine, at: number, escape: number, nested = false): Opening {
  const { text } = line;
  const start = skipSpace(text, at);
  const end = trimEndIndex(text, start);
  let keywordEnd = start;
  while (keywordEnd < end && !isBlank(text.charCodeAt(keywordEnd))) keywordEnd++;
  const written = text.slice(start, keywordEnd);
  const name = written.toUpperCase();
  const flags: Flag[] = [];
  const from = Math.min(skipSpace(text, takeFlags(line, keywordEnd, end, flags), end), end);
  const keyword = { value: written, range: line.range(start, keywordEnd) };
  if (name === 'ONBUILD') {
    const inner = from < end && !nested ? openInstruction(line, from, escape, true) : undefined;
    return { name, keyword, start, flags, from, to: end, args: inner ? [inner.keyword] : [], json: false, inner };
  }
  const cut = forms.get(name)?.cut;
  const parsed = cut === 'json-or-whole' || cut === 'json-or-blank' ? parseJsonArray(line, from, end) : 'not-json';
  const args = parsed === 'not-json' ? cutArgs(line, cut, from, end, escape) : parsed;
  return { name, keyword, start, flags, from, to: end, args, json: parsed !== 'not-json' && parsed !== 'not-strings', inner: undefined };
}

function cutArgs(line: LogicalLine, cut: Form['cut'] | undefined, from: number, to: number, escape: number): Arg[] {
  if (from >= to || cut === 'none') return [];
  if (cut === 'whole' || cut === 'json-or-whole') return [{ value: line.text.slice(from, to), range: line.range(from, to) }];
  if (cut === 'quoted') return splitQuoted(line.text, from, to, escape).map(({ start, end }) => ({ value: line.text.slice(start, end), range: line.range(start, end) }));
  return splitBlank(line, from, to);
}

/** Only these may hold heredocs, and not in JSON form. */
export function takesHeredocs(opening: Opening): boolean {
  const target = opening.inner ?? opening;
  return (target.name === 'RUN' || target.name === 'COPY' || target.name === 'ADD') && !target.json && target.args !== 'not-strings';
}

export interface Surroundings {
  readonly line: LogicalLine;
  readonly escape: number;
  readonly heredocs: readonly Heredoc[];
  readonly comments: readonly Comment[];
  readonly emptyContinuations: readonly number[];
  readonly problems: Problem[];
  /** Range and text of the instruction with all its lines. */
  readonly range: InstructionBase['range'];
  readonly text: string;
}

/** Makes the typed instruction; what is wrong goes to `problems`. */
export function closeInstruction(opening: Opening, around: Surroundings): Instruction {
  const { line, problems } = around;
  const base: InstructionBase = {
    name: opening.name,
    keyword: opening.keyword,
    range: around.range,
    text: around.text,
    line: line.text.slice(opening.start, opening.to),
    flags: opening.flags,
    args: opening.args === 'not-strings' ? [] : opening.args,
    heredocs: around.heredocs,
    comments: around.comments,
    json: opening.json,
    emptyContinuations: around.emptyContinuations,
  };
  const head: Head = { base, line, from: opening.from, to: opening.to, escape: around.escape, heredocs: around.heredocs, problems };
  const form = forms.get(opening.name);
  if (!form) {
    const near = problems.length < manyProblems ? suggest(opening.name, instructionNames) : undefined;
    const hint = near === undefined ? 'a line that continues the one before needs an escape character at the end of that line' : `did you mean ${near}?`;
    report(head, 'unknown-instruction', `unknown instruction: ${opening.keyword.value.slice(0, 60)}`, opening.keyword.range, hint);
    return invalid(base);
  }
  if (opening.args === 'not-strings') {
    report(head, 'json', notStrings, line.range(opening.from, opening.to), 'put every element in double quotes');
    return invalid(base);
  }
  if (form.kind === 'onbuild') return closeOnbuild(opening, around, head) ?? invalid(base);
  return form.read(head) ?? invalid(base);
}

function invalid(base: InstructionBase): Instruction {
  return { ...base, kind: 'invalid' };
}

function closeOnbuild(opening: Opening, around: Surroundings, head: Head): Instruction | undefined {
  readFlags(head, {});
  const { inner } = opening;
  if (!inner) return report(head, 'arguments', 'ONBUILD requires at least one argument', undefined, 'write ONBUILD and an instruction');
  if (inner.name === 'ONBUILD') return report(head, 'onbuild', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", inner.keyword.range);
  if (inner.name === 'MAINTAINER' || inner.name === 'FROM') return report(head, 'onbuild', `${inner.name} isn't allowed as an ONBUILD trigger`, inner.keyword.range);
  const trigger = closeInstruction(inner, { ...around, comments: [], emptyContinuations: [] });
  const bodies = around.heredocs.map((heredoc) => `\n${heredoc.content}${heredoc.name}`).join('');
  const expression = head.line.text.slice(opening.from, opening.to) + bodies;
  return { ...head.base, kind: 'onbuild', trigger, expression };
}
